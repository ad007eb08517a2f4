/** Events with ids mapped to row numbers: what every split and every contender starts from. Never keeps a raw row. */

export type EventTable = {
  readonly userIds: readonly string[];
  readonly itemIds: readonly string[];
  readonly userIndices: Uint32Array;
  readonly itemIndices: Uint32Array;
  /** ms since 1970; NaN where the data has no time. */
  readonly times: Float64Array;
  /** Null where the data has none. */
  readonly ratings: Float32Array | null;
  /** What is known of each item, for content methods: words; null where nothing is. */
  readonly itemTexts: readonly string[] | null;
};

/** Gives each distinct text a number in order of first sight. */
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

/** The events whose number is kept; users and items keep their numbers. */
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
