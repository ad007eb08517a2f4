/** The most similar customers of the training data, fast enough for a page. Stores no pairs of customers. */
import type { UserKnnParameters } from '../algorithms/user-knn.ts';
import type { SparseMatrix } from '#numeric/sparse.ts';
import { createTopK } from '../serving/top-k.ts';

export interface SimilarUsers {
  /** Best first. */
  readonly userIndices: readonly number[];
  readonly similarities: readonly number[];
}

/** Finds the users most similar to a set of items, without `self`. */
export type UserSearch = (itemIndices: Uint32Array, count: number, self: number) => SimilarUsers;

const NOBODY: ReadonlySet<number> = new Set();

/**
 * cosine(A, B) = |A∩B| / (√|A| · √|B| + shrinkage) over the sets of customers' items (Sarwar et al. 2001). One counter
 * per customer is shared by all requests and cleared after each, so that a search allocates nothing of the size of the
 * customer base. A customer who shares n items has at least n, so n alone bounds the similarity: most of those counted
 * are excluded by one comparison.
 */
export function createUserSearch(
  byUser: SparseMatrix,
  byItem: SparseMatrix,
  { shrinkage }: Pick<UserKnnParameters, 'shrinkage'>,
): UserSearch {
  const { offsets: itemOffsets, columns: users } = byItem;
  const sharedCounts = new Uint16Array(byUser.rowCount);
  const everybody = new Uint8Array(byUser.rowCount).fill(1);
  const norms = new Float64Array(byUser.rowCount);
  for (let user = 0; user < norms.length; user += 1) {
    norms[user] = Math.sqrt(byUser.offsets[user + 1]! - byUser.offsets[user]!);
  }

  return function search(itemIndices, count, self) {
    for (const item of itemIndices) {
      const end = itemOffsets[item + 1]!;
      for (let slot = itemOffsets[item]!; slot < end; slot += 1) sharedCounts[users[slot]!]! += 1;
    }
    if (self >= 0) sharedCounts[self] = 0;

    const ownNorm = Math.sqrt(itemIndices.length);
    const top = createTopK(count, everybody, NOBODY, 'any');
    let minShared = 1;
    let worst = Number.NEGATIVE_INFINITY;
    for (let user = 0; user < sharedCounts.length; user += 1) {
      const shared = sharedCounts[user]!;
      if (shared < minShared) continue;
      const similarity = shared / (ownNorm * norms[user]! + shrinkage);
      if (similarity <= worst) continue;
      top.push(user, similarity);
      worst = top.worstScore();
      // At best the other customer has only the shared items.
      while (minShared / (ownNorm * Math.sqrt(minShared) + shrinkage) <= worst) minShared += 1;
    }
    sharedCounts.fill(0);
    return { userIndices: top.itemIndices, similarities: top.scores };
  };
}
