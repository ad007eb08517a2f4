/** Registers the rule-language contributions of features above segments. Imported for this effect. */
import { campaignLanguage } from '#campaigns/rule-language.ts';
import { predictionLanguage } from '#predictions/rule-language.ts';
import { contributeToLanguage } from '#segments/vocabulary/registry.ts';

contributeToLanguage(campaignLanguage);
contributeToLanguage(predictionLanguage);
