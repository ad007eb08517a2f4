import { createTopK, type Ownership } from '#recommendations/serving/top-k.ts';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

const offers = fc.uniqueArray(fc.record({ item: fc.nat(60), score: fc.nat(8) }), {
  selector: ({ item }) => item,
});
const subset = fc.uniqueArray(fc.nat(60));

test('keeps what sorting all allowed offers would put first, whatever their order', () => {
  fc.assert(
    fc.property(
      offers,
      subset,
      subset,
      fc.nat(12),
      fc.constantFrom<Ownership[]>('bought', 'new', 'any'),
      (offered, forbidden, bought, size, ownership) => {
        const allowed = new Uint8Array(61).fill(1);
        for (const item of forbidden) allowed[item] = 0;
        const known = new Set(bought);
        const top = createTopK(size, allowed, known, ownership);
        for (const { item, score } of offered) top.push(item, score);

        const expected = offered
          .filter(({ item }) => allowed[item] === 1)
          .filter(({ item }) => ownership === 'any' || known.has(item) === (ownership === 'bought'))
          .toSorted((left, right) => right.score - left.score || left.item - right.item)
          .slice(0, size);
        expect(top.itemIndices).toEqual(expected.map(({ item }) => item));
        expect(top.scores).toEqual(expected.map(({ score }) => score));
      },
    ),
  );
});
