/** The rule language of this gateway: what segments knows itself, and what features above it contribute. */
import { attributes } from './attributes.ts';
import { functions } from './functions.ts';
import type { GroupDefinition, LanguageContribution } from './language/definitions.ts';
import { createLanguage, type RuleLanguage } from './language/language.ts';

const groups: readonly GroupDefinition[] = [
  {
    name: 'segment',
    description: 'Members of a segment.',
    current: {
      from: 'segment_memberships membership join segments segment on segment.id = membership.segment_id',
      customerId: 'membership.customer_id',
      key: 'segment.key',
      at: 'membership.entered_at',
      where: 'segment.archived_at is null',
    },
  },
];

const contributions: LanguageContribution[] = [{ attributes, functions, groups }];
let language: RuleLanguage | undefined;

/** Called by wiring while the program loads, before the first rule is read. */
export function contributeToLanguage(contribution: LanguageContribution): void {
  contributions.push(contribution);
  language = undefined;
}

export function ruleLanguage(): RuleLanguage {
  language ??= createLanguage(...contributions);
  return language;
}
