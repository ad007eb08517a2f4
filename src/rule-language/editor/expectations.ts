/** The kinds of token that may come next, by walking the parser's own grammar. */
import {
  Alternation,
  Alternative,
  type IProduction,
  type IToken,
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

/** The rest of the input: the next production and its continuation. */
type Plan = { readonly production: IProduction | Loop; readonly rest: Plan } | null;
/** Zero or more times. */
interface Loop {
  readonly loop: readonly IProduction[];
}
interface Step {
  readonly type: TokenType;
  readonly rest: Plan;
}

const start = plan(ruleGrammar.getGAstProductions()['rule']!.definition, null);

/** The kinds that may follow the tokens; empty where none may, or where the tokens themselves are invalid. */
export function nextTokenTypes(tokens: readonly IToken[]): readonly TokenType[] {
  let steps = firstSteps(start);
  for (const { tokenType } of tokens) {
    steps = steps.filter(({ type }) => type === tokenType).flatMap(({ rest }) => firstSteps(rest));
  }
  return [...new Set(steps.map(({ type }) => type))];
}

function plan(definition: readonly (IProduction | Loop)[], rest: Plan): Plan {
  return definition.reduceRight<Plan>((rest, production) => ({ production, rest }), rest);
}

/** The tokens that can start a plan. Terminates, since the grammar has no left recursion and no empty repetition. */
function firstSteps(todo: Plan): Step[] {
  if (todo === null) return [];
  const { production, rest } = todo;
  if ('loop' in production)
    return [...firstSteps(plan([...production.loop, production], rest)), ...firstSteps(rest)];
  if (production instanceof Terminal) return [{ type: production.terminalType, rest }];
  if (production instanceof NonTerminal) return firstSteps(plan(production.referencedRule.definition, rest));
  if (production instanceof Alternation)
    return production.definition.flatMap((path) => firstSteps(plan([path], rest)));
  if (production instanceof Alternative) return firstSteps(plan(production.definition, rest));
  if (production instanceof Option)
    return [...firstSteps(plan(production.definition, rest)), ...firstSteps(rest)];
  if (production instanceof Repetition)
    return firstSteps({ production: { loop: production.definition }, rest });
  if (production instanceof RepetitionMandatory) {
    return firstSteps(plan([...production.definition, { loop: production.definition }], rest));
  }
  if (
    production instanceof RepetitionWithSeparator ||
    production instanceof RepetitionMandatoryWithSeparator
  ) {
    const separator = new Terminal({ terminalType: production.separator });
    const once = firstSteps(
      plan([...production.definition, { loop: [separator, ...production.definition] }], rest),
    );
    return production instanceof RepetitionWithSeparator ? [...once, ...firstSteps(rest)] : once;
  }
  throw new Error(`unknown grammar production ${production.constructor.name}`);
}
