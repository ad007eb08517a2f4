/** Adds to the rule language what features above segments know. Importing it is all that is needed. */
import { campaignLanguage } from '#campaigns/rule-language.ts';
import { predictionLanguage } from '#predictions/rule-language.ts';
import { contributeToLanguage } from '#segments/vocabulary/registry.ts';

contributeToLanguage(campaignLanguage);
contributeToLanguage(predictionLanguage);
