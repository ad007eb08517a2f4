/** Matches bounded patterns in memory in time linear in the text (Thompson 1968: all states at once), so that no pattern can hang the process. */
import type { Pattern } from '../../../src/rule-language/syntax/pattern.ts';

/** One state: what it takes to leave it, and where to. */
type State =
  | { readonly kind: 'split'; readonly targets: number[] }
  | { readonly kind: 'set'; readonly accepts: (code: number) => boolean; readonly target: number }
  | { readonly kind: 'start' | 'end'; readonly target: number }
  | { readonly kind: 'accept' };

/** Whether the pattern occurs anywhere in the text. O(text × pattern). */
export function matchesPattern(pattern: Pattern, text: string): boolean {
  const states: State[] = [{ kind: 'accept' }];
  const first = addStates(pattern, 0, states);
  const characters = Array.from(text);
  let current = new Set<number>();
  for (let position = 0; position <= characters.length; position++) {
    // Every position may begin a match.
    follow(first, position, characters.length, states, current);
    if (current.has(0)) return true;
    const code = characters[position]?.codePointAt(0);
    const next = new Set<number>();
    for (const index of code === undefined ? [] : current) {
      const state = states[index]!;
      if (state.kind === 'set' && state.accepts(code!))
        follow(state.target, position + 1, characters.length, states, next);
    }
    current = next;
  }
  return false;
}

/** Adds the states of a pattern that goes on at `target`; returns its first state. */
function addStates(pattern: Pattern, target: number, states: State[]): number {
  switch (pattern.kind) {
    case 'sequence':
      return pattern.parts.reduceRight((target, part) => addStates(part, target, states), target);
    case 'choice':
      return (
        states.push({
          kind: 'split',
          targets: pattern.paths.map((path) => addStates(path, target, states)),
        }) - 1
      );
    case 'set': {
      const { ranges, negated } = pattern;
      const accepts = (code: number): boolean =>
        ranges.some(([from, to]) => from <= code && code <= to) !== negated;
      return states.push({ kind: 'set', accepts, target }) - 1;
    }
    case 'start':
    case 'end':
      return states.push({ kind: pattern.kind, target }) - 1;
    case 'repeat': {
      const { part, least, most } = pattern;
      let first = target;
      if (most === null) {
        const targets = [target];
        first = states.push({ kind: 'split', targets }) - 1;
        targets.push(addStates(part, first, states));
      }
      for (let optional = (most ?? least) - least; optional > 0; optional--) {
        first = states.push({ kind: 'split', targets: [target, addStates(part, first, states)] }) - 1;
      }
      for (let required = least; required > 0; required--) first = addStates(part, first, states);
      return first;
    }
  }
}

/** Enters a state and all that can be reached from it without a character. */
function follow(
  index: number,
  position: number,
  length: number,
  states: readonly State[],
  entered: Set<number>,
): void {
  if (entered.has(index)) return;
  entered.add(index);
  const state = states[index]!;
  if (state.kind === 'split')
    for (const target of state.targets) follow(target, position, length, states, entered);
  if (state.kind === 'start' && position === 0) follow(state.target, position, length, states, entered);
  if (state.kind === 'end' && position === length) follow(state.target, position, length, states, entered);
}
