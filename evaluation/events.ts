/** Events with ids mapped to indexes: the input of every split and model. */

export type EventTable = {
  readonly userIds: readonly string[];
  readonly itemIds: readonly string[];
  readonly userIndices: Uint32Array;
  readonly itemIndices: Uint32Array;
  /** ms since 1970; NaN without times. */
  readonly times: Float64Array;
  /** Null without ratings. */
  readonly ratings: Float32Array | null;
  /** Words of each item, for content methods; null without any. */
  readonly itemTexts: readonly string[] | null;
};

/** Assigns an index to each distinct text in order of appearance. */
export function createIndexer(): { readonly indexOf: (id: string) => number; readonly ids: string[] } {
  const ids: string[] = [];
  const indices = new Map<string, number>();
  const indexOf = (id: string): number => {
    const known = indices.get(id);
    if (known !== undefined) return known;
    ids.push(id);
    indices.set(id, ids.length - 1);
    return ids.length - 1;
  };
  return { indexOf, ids };
}

/** The events with a selected index; users and items keep their indexes. */
export function filterEvents(table: EventTable, keeps: (event: number) => boolean): EventTable {
  const kept = Uint32Array.from(table.userIndices.keys()).filter(keeps);
  return {
    ...table,
    userIndices: kept.map((event) => table.userIndices[event]!),
    itemIndices: kept.map((event) => table.itemIndices[event]!),
    times: Float64Array.from(kept, (event) => table.times[event]!),
    ratings: table.ratings && Float32Array.from(kept, (event) => table.ratings![event]!),
  };
}
