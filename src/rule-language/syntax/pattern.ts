/** The limited regular expressions of MATCHES REGEX: their syntax tree, validation, and their text for SQL. */
import { ruleLimits } from './limits.ts';

/** Code points from and to, inclusive. */
type CodeRange = readonly [from: number, to: number];

export type Pattern =
  | { readonly kind: 'choice'; readonly paths: readonly Pattern[] }
  | { readonly kind: 'sequence'; readonly parts: readonly Pattern[] }
  | { readonly kind: 'set'; readonly ranges: readonly CodeRange[]; readonly negated: boolean }
  | { readonly kind: 'start' | 'end' }
  | { readonly kind: 'repeat'; readonly part: Pattern; readonly least: number; readonly most: number | null };

/** Largest count in braces, and characters of the pattern with all counts expanded. */
const largestCount = 50;
const largestSize = 1_000;

const classes: Readonly<Record<string, readonly CodeRange[]>> = {
  d: [[48, 57]],
  w: [
    [48, 57],
    [65, 90],
    [95, 95],
    [97, 122],
  ],
  s: [
    [9, 13],
    [32, 32],
  ],
};
const controls: Readonly<Record<string, number>> = { t: 9, n: 10, r: 13 };

class PatternError extends Error {}

/** Why the pattern is invalid, or undefined. */
export function faultOfPattern(text: string): string | undefined {
  if (text.length > ruleLimits.patternLength)
    return `a regular expression holds at most ${ruleLimits.patternLength} characters`;
  try {
    const size = sizeOf(readPattern(text));
    return size > largestSize ? 'this regular expression repeats too much to be bounded' : undefined;
  } catch (error) {
    if (error instanceof PatternError) return `regular expression: ${error.message}`;
    throw error;
  }
}

/** @throws {PatternError} the syntax is invalid; `faultOfPattern` checks it beforehand. */
export function readPattern(text: string): Pattern {
  const reader = new PatternReader(text);
  const pattern = reader.readChoice();
  reader.expectEnd();
  return pattern;
}

/** The pattern for the operator `~` of PostgreSQL, without escapes whose meaning depends on the locale. */
export function printPatternForSql(pattern: Pattern): string {
  switch (pattern.kind) {
    case 'choice':
      return `(?:${pattern.paths.map(printPatternForSql).join('|')})`;
    case 'sequence':
      return pattern.parts.map(printPatternForSql).join('');
    case 'start':
      return '^';
    case 'end':
      return '$';
    case 'set': {
      const { ranges, negated } = pattern;
      if (ranges.length === 0) return '.';
      const inside = ranges.map(([from, to]) =>
        from === to ? escapeCode(from) : `${escapeCode(from)}-${escapeCode(to)}`,
      );
      return `[${negated ? '^' : ''}${inside.join('')}]`;
    }
    case 'repeat': {
      const { part, least, most } = pattern;
      const count = least === most ? `{${least}}` : most === null ? `{${least},}` : `{${least},${most}}`;
      return `(?:${printPatternForSql(part)})${count}`;
    }
  }
}

function escapeCode(code: number): string {
  const character = String.fromCodePoint(code);
  return /[!-/:-@[-`{-~]/.test(character) ? `\\${character}` : character;
}

/** Number of states of a matcher. */
function sizeOf(pattern: Pattern): number {
  switch (pattern.kind) {
    case 'choice':
      return pattern.paths.reduce((sum, path) => sum + sizeOf(path), 1);
    case 'sequence':
      return pattern.parts.reduce((sum, part) => sum + sizeOf(part), 0);
    case 'repeat':
      return sizeOf(pattern.part) * Math.max(1, pattern.most ?? pattern.least + 1);
    case 'set':
    case 'start':
    case 'end':
      return 1;
  }
}

class PatternReader {
  readonly #characters: readonly string[];
  #position = 0;

  constructor(text: string) {
    this.#characters = Array.from(text);
  }

  readChoice(): Pattern {
    const paths = [this.#readSequence()];
    while (this.#take('|')) paths.push(this.#readSequence());
    return paths.length === 1 ? paths[0]! : { kind: 'choice', paths };
  }

  expectEnd(): void {
    if (this.#peek() !== undefined) throw new PatternError('a closing parenthesis has no opening one');
  }

  #readSequence(): Pattern {
    const parts: Pattern[] = [];
    for (let next = this.#peek(); next !== undefined && next !== '|' && next !== ')'; next = this.#peek()) {
      parts.push(this.#readRepeated());
    }
    return { kind: 'sequence', parts };
  }

  #readRepeated(): Pattern {
    const part = this.#readAtom();
    const count = this.#readCount();
    if (count === undefined) return part;
    if (part.kind === 'start' || part.kind === 'end') throw new PatternError('^ and $ cannot be repeated');
    if ('*+?{'.includes(this.#peek() ?? ' '))
      throw new PatternError('a repetition follows another; greedy ones are all there is');
    return { kind: 'repeat', part, ...count };
  }

  #readAtom(): Pattern {
    const character = this.#next('more');
    switch (character) {
      case '(': {
        if (this.#peek() === '?') throw new PatternError('groups with (? are not supported');
        const inside = this.readChoice();
        if (!this.#take(')')) throw new PatternError('an opening parenthesis is not closed');
        return inside;
      }
      case '[':
        return this.#readSet();
      case '.':
        return { kind: 'set', ranges: [], negated: true };
      case '^':
        return { kind: 'start' };
      case '$':
        return { kind: 'end' };
      case '\\':
        return this.#readEscape();
      case '*':
      case '+':
      case '?':
      case '{':
        throw new PatternError(`${character} repeats nothing; write \\${character} for the character`);
      default:
        return single(character.codePointAt(0)!);
    }
  }

  #readEscape(): Pattern & { kind: 'set' } {
    const character = this.#next('a character after \\');
    const ranges = classes[character.toLowerCase()];
    if (ranges !== undefined) return { kind: 'set', ranges, negated: character !== character.toLowerCase() };
    if (controls[character] !== undefined) return single(controls[character]);
    if (/[a-z0-9]/i.test(character)) throw new PatternError(`\\${character} is not supported`);
    return single(character.codePointAt(0)!);
  }

  #readSet(): Pattern {
    const negated = this.#take('^');
    const ranges: CodeRange[] = [];
    while (!this.#take(']')) {
      const from = this.#readSetMember();
      if (from.negated) throw new PatternError('\\D, \\W and \\S cannot stand inside [ ]');
      const isRange = this.#peek() === '-' && this.#characters[this.#position + 1] !== ']';
      if (!isRange) {
        ranges.push(...from.ranges);
        continue;
      }
      this.#next('-');
      const [start, end] = [onlyCode(from.ranges), onlyCode(this.#readSetMember().ranges)];
      if (start === undefined || end === undefined || start > end)
        throw new PatternError('a range inside [ ] runs from a lower to a higher character');
      ranges.push([start, end]);
    }
    if (ranges.length === 0) throw new PatternError('[ ] holds no character');
    return { kind: 'set', ranges, negated };
  }

  #readSetMember(): Pattern & { kind: 'set' } {
    const character = this.#next('] to close [');
    if (character === '[') throw new PatternError('write \\[ for the character inside [ ]');
    return character === '\\' ? this.#readEscape() : single(character.codePointAt(0)!);
  }

  #readCount(): { least: number; most: number | null } | undefined {
    if (this.#take('*')) return { least: 0, most: null };
    if (this.#take('+')) return { least: 1, most: null };
    if (this.#take('?')) return { least: 0, most: 1 };
    if (this.#peek() !== '{') return undefined;
    const [whole, low, comma, high] =
      /^\{(\d{1,3})(,(\d{1,3})?)?\}/.exec(
        this.#characters.slice(this.#position, this.#position + 10).join(''),
      ) ?? [];
    if (whole === undefined) throw new PatternError('braces hold a count such as {2}, {2,} or {2,5}');
    this.#position += whole.length;
    const least = Number(low);
    const most = comma === undefined ? least : high === undefined ? null : Number(high);
    if (Math.max(least, most ?? 0) > largestCount)
      throw new PatternError(`a count is at most ${largestCount}`);
    if (most !== null && most < least) throw new PatternError('a count in braces runs from low to high');
    return { least, most };
  }

  #peek(): string | undefined {
    return this.#characters[this.#position];
  }

  #take(character: string): boolean {
    if (this.#peek() !== character) return false;
    this.#position++;
    return true;
  }

  #next(expected: string): string {
    const character = this.#peek();
    if (character === undefined) throw new PatternError(`it ends where ${expected} was expected`);
    this.#position++;
    return character;
  }
}

function single(code: number): Pattern & { kind: 'set' } {
  return { kind: 'set', ranges: [[code, code]], negated: false };
}

function onlyCode(ranges: readonly CodeRange[]): number | undefined {
  const [range] = ranges;
  return ranges.length === 1 && range![0] === range![1] ? range![0] : undefined;
}
