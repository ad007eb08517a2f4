/** Who calls, and what they may do. */

export const scopes = [
  'customers:read',
  'customers:write',
  'pii:read',
  'segments:write',
  'campaigns:write',
  'ingest',
  'admin',
] as const;

export type Scope = (typeof scopes)[number];

export function isScope(text: string): text is Scope {
  return (scopes as readonly string[]).includes(text);
}

export interface Viewer {
  /** Identifies the caller: no two keys or subjects share it. */
  readonly id: string;
  /** Name of the key, or subject of the token. */
  readonly name: string;
  readonly kind: 'key' | 'token';
  readonly scopes: ReadonlySet<Scope>;
}

/** `admin` holds every scope. */
export function hasScope(viewer: Viewer, scope: Scope): boolean {
  return viewer.scopes.has(scope) || viewer.scopes.has('admin');
}
