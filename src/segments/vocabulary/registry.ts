/** The rule language of this gateway: the contributions of segments and of the features above it. */
import { attributes, place } from './attributes.ts';
import { clusterContribution } from '../clusters/language.ts';
import { functions } from './functions.ts';
import { groups } from './groups.ts';
import type { LanguageContribution } from '#rule-language/check/definitions.ts';
import { createLanguage, type RuleLanguage } from '#rule-language/check/language.ts';
import { lookAlikeContribution } from '../look-alikes/language.ts';
import { defineOwnAttribute } from './own-attributes.ts';

const contributions: LanguageContribution[] = [
  { attributes, functions, groups, place, defineOwn: defineOwnAttribute },
  clusterContribution,
  lookAlikeContribution,
];
let language: RuleLanguage | undefined;

/** Called while the program loads, before the first rule is read. */
export function contributeToLanguage(contribution: LanguageContribution): void {
  contributions.push(contribution);
  language = undefined;
}

export function ruleLanguage(): RuleLanguage {
  language ??= createLanguage(...contributions);
  return language;
}
