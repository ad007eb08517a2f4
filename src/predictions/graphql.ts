/** The face of predictions: `Customer.predictions` and what is in it. No SQL. */
import { requiresColumns } from '#customers/columns.ts';
import { Customer } from '#customers/graphql.ts';
import { builder, type Money } from '#graphql/builder.ts';
import { badInput } from '#graphql/connections.ts';
import { profileByCustomer } from '#profiles/loaders.ts';
import { readsWholeProfile } from '#profiles/graphql.ts';

import { type CustomerHistory, readHistory } from './history.ts';
import type { PredictionModels } from './queries.ts';
import { modelsOfRequest, predictAlive, predictOrders, predictRevenue } from './serving.ts';

/** The models know no change of habits: ten years ahead is as far as anybody should ask. */
const MAX_DAYS = 3650;
const ORDERS_DAYS = 90;
const VALUE_DAYS = 365;
const HORIZON = `How far to look ahead, in days: 1 to ${MAX_DAYS}.`;

interface Predictions {
  readonly models: PredictionModels | null;
  readonly history: CustomerHistory | null;
}

const PredictionsType = builder.objectRef<Predictions>('Predictions').implement({
  description:
    "What a customer will do, computed at the request from their purchase days so far (days with a sale, UTC; several orders of one day count once) through the models of the last training: BG/NBD for when customers buy (Fader, Hardie, Lee 2005), Gamma-Gamma for what they spend (Fader, Hardie 2013). They know rates and silence, not seasons, prices or campaigns. Null, save for the model's own fields, for somebody without a sale; all null before the first training.",
  fields: (t) => ({
    aliveProbability: t.float({
      nullable: true,
      description:
        'Chance that the customer will ever buy again, 0 to 1, by BG/NBD. It falls with every day without a purchase, the faster the more often they used to buy. Exactly 1 for one purchase day, since the model lets no customer leave before a second: look at `expectedOrders` there.',
      resolve: (predictions) => predictWith(predictions, predictAlive),
    }),
    churnRisk: t.float({
      nullable: true,
      description:
        'Chance that the customer has bought for the last time, 0 to 1: 1 - `aliveProbability`, so exactly 0 for one purchase day. It is about the present and has no horizon.',
      resolve: (predictions) =>
        predictWith(predictions, (models, history) => 1 - predictAlive(models, history)),
    }),
    expectedOrders: t.float({
      nullable: true,
      description:
        'Expected number of days with a purchase in the next `days`, 0 or more, by BG/NBD. Counts the chance that the customer has left.',
      args: {
        days: t.arg.int({ defaultValue: ORDERS_DAYS, description: HORIZON }),
      },
      resolve: (predictions, { days }) => {
        const horizon = checkDays(days ?? ORDERS_DAYS);
        return predictWith(predictions, (models, history) => predictOrders(models, history, horizon));
      },
    }),
    lifetimeValue: t.field({
      type: 'Money',
      nullable: true,
      description:
        'Expected revenue less returns of the next `days`, undiscounted, rounded to cents: `expectedOrders` times the expected spend of a purchase day by Gamma-Gamma, which draws the mean of the customer towards that of all customers, the less the more they bought. What was spent already is not in it.',
      args: {
        days: t.arg.int({ defaultValue: VALUE_DAYS, description: HORIZON }),
      },
      resolve: (predictions, { days }, { app }): Money | null => {
        const horizon = checkDays(days ?? VALUE_DAYS);
        const revenue = predictWith(predictions, (models, history) =>
          predictRevenue(models, history, horizon),
        );
        return revenue === null ? null : { amount: revenue.toFixed(2), currency: app.config.currency };
      },
    }),
    modelVersion: t.int({
      nullable: true,
      description: 'Training that the answers come from, counted from 1; null before the first.',
      resolve: ({ models }) => models?.version ?? null,
    }),
    trainedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When that training was done; null before the first.',
      resolve: ({ models }) => models?.trainedAt ?? null,
    }),
  }),
});

builder.objectField(Customer, 'predictions', (t) =>
  t.field({
    type: PredictionsType,
    description: 'Whether this customer will buy again, how often and for how much.',
    canFail: true,
    extensions: { ...readsWholeProfile, ...requiresColumns() },
    resolve: (customer, _arguments, context) =>
      Promise.all([profileByCustomer(context).load(customer.id), modelsOfRequest(context)]).then(
        ([profile, models]) => ({ models, history: readHistory(profile, context.now) }),
      ),
  }),
);

function predictWith<Answer>(
  { models, history }: Predictions,
  predict: (models: PredictionModels, history: CustomerHistory) => Answer,
): Answer | null {
  return models === null || history === null ? null : predict(models, history);
}

function checkDays(days: number): number {
  if (days < 1 || days > MAX_DAYS) throw badInput(`\`days\` must be between 1 and ${MAX_DAYS}, got ${days}.`);
  return days;
}
