/** `Customer.predictions` in the schema. No SQL. */
import { requiresColumns } from '#customers/columns.ts';
import { Customer } from '#customers/graphql.ts';
import { builder, type Money } from '#graphql/builder.ts';
import { badInput } from '#graphql/connections.ts';
import { profileByCustomer } from '#profiles/loaders.ts';
import { readsWholeProfile } from '#profiles/graphql.ts';

import { type CustomerHistory, readHistory } from './history.ts';
import type { PredictionModels } from './queries.ts';
import { modelsOfRequest, predictAlive, predictOrders, predictRevenue } from './serving.ts';

/** The models assume constant habits: predictions beyond ten years are meaningless. */
const MAX_DAYS = 3650;
const ORDERS_DAYS = 90;
const VALUE_DAYS = 365;
const HORIZON = `Horizon in days: 1 to ${MAX_DAYS}.`;

interface Predictions {
  readonly models: PredictionModels | null;
  readonly history: CustomerHistory | null;
}

const PredictionsType = builder.objectRef<Predictions>('Predictions').implement({
  description:
    "Predictions for a customer, computed at the request from their purchase days (days with a sale, UTC; several orders of one day count once) with the models of the last training: BG/NBD for the times of purchases (Fader, Hardie, Lee 2005), Gamma-Gamma for the amounts (Fader, Hardie 2013). They know rates and inactivity, not seasons, prices or campaigns. Null, except for the model's own fields, for a customer without a sale; all null before the first training.",
  fields: (t) => ({
    aliveProbability: t.float({
      nullable: true,
      description:
        'Probability that the customer will ever buy again, 0 to 1, by BG/NBD. It falls with every day without a purchase, faster for frequent buyers. Exactly 1 for one purchase day, since in the model no customer becomes inactive before a second: use `expectedOrders` there.',
      resolve: (predictions) => predictWith(predictions, predictAlive),
    }),
    churnRisk: t.float({
      nullable: true,
      description:
        'Probability that the customer has bought for the last time, 0 to 1: 1 - `aliveProbability`, so exactly 0 for one purchase day. It is about the present and has no horizon.',
      resolve: (predictions) =>
        predictWith(predictions, (models, history) => 1 - predictAlive(models, history)),
    }),
    expectedOrders: t.float({
      nullable: true,
      description:
        'Expected number of days with a purchase in the next `days`, 0 or more, by BG/NBD. Includes the probability that the customer is inactive.',
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
        'Expected revenue minus returns of the next `days`, undiscounted, rounded to cents: `expectedOrders` times the expected spend of a purchase day by Gamma-Gamma, which shrinks the mean of the customer towards that of all customers, less for frequent buyers. Excludes past revenue.',
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
      description: 'Version of the models, counted from 1; null before the first training.',
      resolve: ({ models }) => models?.version ?? null,
    }),
    trainedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Time of the training; null before the first.',
      resolve: ({ models }) => models?.trainedAt ?? null,
    }),
  }),
});

builder.objectField(Customer, 'predictions', (t) =>
  t.field({
    type: PredictionsType,
    description: "Predictions of this customer's purchases and revenue.",
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
