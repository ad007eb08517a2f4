/** Traits of clusters and look-alikes in the schema: their preparation, and their values in a cluster. No SQL. */
import { builder } from '#graphql/builder.ts';

import type { ClusterTrait } from './describe-cluster.ts';
import type { TraitPreparation } from './preparation.ts';

export const TraitPreparationType = builder.objectRef<TraitPreparation>('TraitPreparation').implement({
  description: 'Preparation of a trait before distances are computed, in the unit of the trait.',
  fields: (t) => ({
    trait: t.exposeString('trait', { description: 'Attribute of the rule language.' }),
    missingCount: t.exposeInt('missingCount', { description: 'Customers without a value.' }),
    imputedValue: t.exposeFloat('imputedValue', {
      nullable: true,
      description: 'Value that replaced missing ones: the median of the others; null if none is missing.',
    }),
    skewness: t.exposeFloat('skewness', { description: 'Skewness before the preparation; 0 is symmetric.' }),
    isLogged: t.exposeBoolean('isLogged', {
      description:
        'Whether the trait was transformed to sign(x) · ln(1 + |x|), because its skewness was above 1.',
    }),
    lowerBound: t.exposeFloat('lowerBound', {
      description: 'The 1st percentile: lower values were raised to it.',
    }),
    upperBound: t.exposeFloat('upperBound', {
      description: 'The 99th percentile: higher values were lowered to it.',
    }),
    winsorisedCount: t.exposeInt('winsorisedCount', { description: 'Number of values that were clipped.' }),
    leftOut: t.exposeString('leftOut', {
      nullable: true,
      description: 'Why it was left out; null where it was used.',
    }),
  }),
});

export const ClusterTraitType = builder.objectRef<ClusterTrait>('ClusterTrait').implement({
  description: 'One trait of a cluster, compared with all customers of the computation.',
  fields: (t) => ({
    trait: t.exposeString('trait', { description: 'Attribute of the rule language.' }),
    centre: t.exposeFloat('centre', {
      description:
        'The centre in the unit of the trait: of logged traits closer to the median than to the mean.',
    }),
    overallCentre: t.exposeFloat('overallCentre', { description: 'The same for all customers.' }),
    mean: t.exposeFloat('mean', {
      nullable: true,
      description: 'Arithmetic mean of the customers with a value; null if none has one.',
    }),
    overallMean: t.exposeFloat('overallMean', { nullable: true, description: 'The same for all customers.' }),
    difference: t.exposeFloat('difference', {
      description:
        'Distance between the centre of the cluster and the centre of all customers, in standard deviations of the prepared trait.',
    }),
  }),
});
