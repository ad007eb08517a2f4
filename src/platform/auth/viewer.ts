/** The caller and their scopes. */

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
  /** Unique id of the caller over keys and subjects. */
  readonly id: string;
  /** Name of the key, or subject of the token. */
  readonly name: string;
  readonly kind: 'key' | 'token';
  readonly scopes: ReadonlySet<Scope>;
  /** Origins of the pages that may send with the key to the tracking API; null or none for all. */
  readonly origins?: readonly string[] | null;
}

/** `admin` implies every scope. */
export function hasScope(viewer: Viewer, scope: Scope): boolean {
  return viewer.scopes.has(scope) || viewer.scopes.has('admin');
}
