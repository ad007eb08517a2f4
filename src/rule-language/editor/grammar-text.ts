/** The grammar as text in extended BNF (ISO/IEC 14977, with `?`, `*` and `+`), derived from the parser. */
import {
  Alternation,
  Alternative,
  type IProduction,
  NonTerminal,
  Option,
  Repetition,
  RepetitionMandatory,
  RepetitionMandatoryWithSeparator,
  RepetitionWithSeparator,
  Terminal,
  type TokenType,
} from 'chevrotain';

import { ruleGrammar } from '../syntax/grammar.ts';

/** One production a line, the rule first. */
export function describeGrammar(): string {
  const productions = Object.values(ruleGrammar.getGAstProductions());
  const start = productions.findIndex(({ name }) => name === 'rule');
  return [...productions.slice(start), ...productions.slice(0, start)]
    .map(({ name, definition }) => `${name} = ${sequence(definition)} ;`)
    .join('\n');
}

function sequence(productions: readonly IProduction[]): string {
  return productions.map(write).join(' ');
}

function write(production: IProduction): string {
  if (production instanceof Alternative) return sequence(production.definition);
  if (production instanceof Terminal) return token(production.terminalType);
  if (production instanceof NonTerminal) return production.nonTerminalName;
  if (production instanceof Alternation) {
    return `( ${production.definition.map(write).join(' | ')} )`;
  }
  if (production instanceof Option) return `( ${sequence(production.definition)} )?`;
  if (production instanceof Repetition) return `( ${sequence(production.definition)} )*`;
  if (production instanceof RepetitionMandatory) return `( ${sequence(production.definition)} )+`;
  if (
    production instanceof RepetitionMandatoryWithSeparator ||
    production instanceof RepetitionWithSeparator
  ) {
    const item = sequence(production.definition);
    const list = `${item} ( ${token(production.separator)} ${item} )*`;
    return production instanceof RepetitionWithSeparator ? `( ${list} )?` : list;
  }
  throw new TypeError(
    `The grammar has a production of a kind that is not written: ${production.constructor.name}.`,
  );
}

/** Words and signs in quotes; token classes by their description. */
function token({ name, LABEL: label = name }: TokenType): string {
  return /[a-z]/.test(label) ? `<${label}>` : `'${label}'`;
}
