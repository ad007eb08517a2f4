/** How callers identify a segment. */
import { findByIdOrKey, type IdOrKey } from '#named-resources/queries.ts';
import type { RequestContext } from '#platform/request.ts';

import { segmentById } from './loaders.ts';
import { segmentResource, type SegmentRow } from './queries.ts';

export const segmentReads = { resource: segmentResource, byId: segmentById };

/** Archived ones too; null where there is none. @throws {InvalidInputError} the id is not one of a segment. */
export function findSegment(context: RequestContext, by: IdOrKey): Promise<SegmentRow | null> {
  return findByIdOrKey(context, 'Segment', segmentReads, by);
}
