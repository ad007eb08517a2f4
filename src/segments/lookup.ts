/** How callers name a segment. */
import type { RequestContext } from '#platform/request.ts';

import { readGlobalId } from '#graphql/global-id.ts';
import { segmentById } from './loaders.ts';
import { segmentResource, type SegmentRow } from './queries.ts';

export interface SegmentLookup {
  readonly id?: string | null | undefined;
  readonly key?: string | null | undefined;
}

/** Archived ones too; null where there is none. @throws {InvalidInputError} the id is not one of a segment. */
export async function findSegment(
  context: RequestContext,
  { id, key }: SegmentLookup,
): Promise<SegmentRow | null> {
  if (id != null) return segmentById(context).load(readSegmentId(id));
  // No key holds NUL, and the database would not take it.
  return key == null ? null : segmentResource.byKey(context.db, key);
}

/** @throws {InvalidInputError} the text is neither the global id of a segment nor a UUID. */
export function readSegmentId(text: string, field = 'id'): string {
  return readGlobalId('Segment', text, field);
}
