import { Turns } from '#platform/database/turns.ts';
import { expect, test } from 'vitest';

/** Notes in which order waiting callers get a place. */
function watch(turns: Turns) {
  const order: string[] = [];
  const ask = (caller: string) => {
    const turn = turns.wait(caller);
    turn.comes.then(
      () => order.push(caller),
      () => order.push(`${caller} gave up`),
    );
    return turn;
  };
  return { order, ask };
}

/** Promises that are settled tell of it. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('a caller with one request waits for one of another caller, however many that has sent', async () => {
  const turns = new Turns(1, 1);
  const { order, ask } = watch(turns);
  expect(turns.take('many')).toBe(true);
  for (let request = 0; request < 5; request += 1) ask('many');
  ask('one');

  for (const caller of ['many', 'many', 'one']) {
    turns.give(caller);
    await settled();
  }

  expect(order).toEqual(['many', 'one', 'many']);
});

test('no caller has more than its share of the places, and others have the rest at once', async () => {
  const turns = new Turns(3, 2);

  expect(['a', 'a', 'a', 'b', 'c'].map((caller) => turns.take(caller))).toEqual([
    true,
    true,
    false,
    true,
    false,
  ]);
});

test('a turn that is given up is nobody’s, and its place goes to the next', async () => {
  const turns = new Turns(1, 1);
  const { order, ask } = watch(turns);
  turns.take('a');
  const left = ask('b');
  ask('c');

  left.giveUp(new Error('left'));
  await settled();
  turns.give('a');
  await settled();
  turns.give('c');

  expect(order).toEqual(['b gave up', 'c']);
  expect(turns.isUnused).toBe(true);
});

test('a caller at its limit does not hold up those behind it', async () => {
  const turns = new Turns(2, 1);
  const { order, ask } = watch(turns);
  turns.take('a');
  turns.take('b');
  ask('a');
  ask('c');

  turns.give('b');
  await settled();

  expect(order).toEqual(['c']);
});
