/** Outcomes of shown recommendations, in the schema. No SQL. */
import { badInput } from '#graphql/connections.ts';
import { builder } from '#graphql/builder.ts';
import { readInstant } from '#platform/input/instants.ts';

import { Algorithm, RecommendationList } from './enums.ts';
import { type OutcomeRow, readOutcomes } from '../impressions/outcomes.ts';

const MS_PER_DAY = 86_400_000;
const MAX_DAYS = 90;
const DEFAULT_WINDOW_DAYS = 90;

const RecommendationOutcome = builder.objectRef<OutcomeRow>('RecommendationOutcome').implement({
  description: 'Outcomes of the products of one method in one kind of list.',
  fields: (t) => ({
    algorithm: t.expose('algorithm', { type: Algorithm, description: 'The method.' }),
    list: t.expose('list', {
      type: RecommendationList,
      description: 'REBUY for products that the customer had bought before, else DISCOVER.',
    }),
    listCount: t.exposeInt('listCount', { description: 'Lists shown with a product of the method.' }),
    hitCount: t.exposeInt('hitCount', {
      description: 'Lists of which the customer bought a product of the method in time.',
    }),
    hitRate: t.float({
      description: '`hitCount` over `listCount`, 0 to 1.',
      resolve: ({ hitCount, listCount }) => hitCount / listCount,
    }),
    shownCount: t.exposeInt('shownCount', { description: 'Products of the method shown, in all lists.' }),
    boughtCount: t.exposeInt('boughtCount', { description: 'Number of them that were bought in time.' }),
    conversionRate: t.float({
      description: '`boughtCount` over `shownCount`, 0 to 1.',
      resolve: ({ boughtCount, shownCount }) => boughtCount / shownCount,
    }),
  }),
});

builder.queryField('recommendationOutcomes', (t) =>
  t.field({
    type: [RecommendationOutcome],
    description:
      'Outcomes of shown recommendations, by method and list, from a sample (the setting RECOMMENDATION_SAMPLE). Lists whose window is not over yet are excluded. Empty without a sample.',
    args: {
      withinDays: t.arg.int({
        defaultValue: 7,
        description: `Days from being shown to being bought, 1 to ${MAX_DAYS}.`,
      }),
      from: t.arg({
        type: 'DateTime',
        description: `Of lists shown from then on; by default ${DEFAULT_WINDOW_DAYS} days before \`to\`.`,
      }),
      to: t.arg({ type: 'DateTime', description: 'Of lists shown before then; now by default.' }),
    },
    resolve: (_, args, { db, now }) => {
      const withinDays = args.withinDays ?? 7;
      if (withinDays < 1 || withinDays > MAX_DAYS) {
        throw badInput(`\`withinDays\` must be between 1 and ${MAX_DAYS}, got ${withinDays}.`);
      }
      const isOver = now.getTime() - withinDays * MS_PER_DAY;
      const until = args.to == null ? isOver : readInstant('to', args.to).getTime();
      const to = new Date(Math.min(until, isOver));
      const from = args.from == null ? null : readInstant('from', args.from);
      const since = from ?? new Date(to.getTime() - DEFAULT_WINDOW_DAYS * MS_PER_DAY);
      return readOutcomes(db, since, to, withinDays);
    },
  }),
);
