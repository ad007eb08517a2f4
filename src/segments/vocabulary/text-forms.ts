/** Normal forms of stored texts, in which rules compare. */
import { normaliseLanguage } from '#customers/normalise.ts';
import { InvalidInputError } from '#platform/errors.ts';
import { countryNames, findCountry } from '#platform/input/countries.ts';

import type { TextForm } from '#rule-language/check/definitions.ts';

export const countryForm: TextForm = {
  read: findCountry,
  expected: 'an ISO 3166-1 code or the name of a country, such as GB or United Kingdom',
  names: countryNames,
};

export const languageForm: TextForm = {
  read: (text) => {
    try {
      return normaliseLanguage('language', text);
    } catch (error) {
      if (error instanceof InvalidInputError) return null;
      throw error;
    }
  },
  expected: 'a BCP 47 language tag such as en or pt-BR',
};
