/** Scores of the models for rules, as data: BG/NBD in SQL, over profiles and the newest parameters. */
import { NOW } from '#segments/vocabulary/attributes.ts';
import type { LanguageContribution } from '#rule-language/check/definitions.ts';

/** The largest exponent of e that double precision can represent is about 709. */
const MAX_EXPONENT = 700;

const dayOf = (instant: string): string => `(${instant} at time zone 'UTC')::date`;

/** As `aliveProbability` over `readHistory`: null without a sale, or before the first training. */
const alive = `(
  select (case when history.repeats = 0 then 1 else 1 / (1 + model.a / (model.b + history.repeats - 1)
    * exp(least(${MAX_EXPONENT}, (model.r + history.repeats) * ln((model.alpha + history.age) / (model.alpha + history.last))))) end)::numeric
  from (
    select (parameters ->> 'r')::float8 as r, (parameters ->> 'alpha')::float8 as alpha,
      (parameters ->> 'a')::float8 as a, (parameters ->> 'b')::float8 as b
    from prediction_models where kind = 'purchases' order by version desc limit 1
  ) model
  cross join (
    select spans.last, greatest(spans.last, spans.age) as age, coalesce(round(spans.last / nullif(p.average_gap_days, 0)), 0) as repeats
    from (
      select (${dayOf('p.last_order_at')} - ${dayOf('p.first_order_at')})::float8 as last,
        (${dayOf(NOW)} - ${dayOf('p.first_order_at')})::float8 as age
    ) spans
  ) history
  where p.first_order_at is not null)`;

const perRequest =
  'it is computed for each request and stored nowhere yet: ask for churn_risk or alive_probability';

export const predictionLanguage: LanguageContribution = {
  attributes: [
    {
      name: 'alive_probability',
      type: 'number',
      description:
        'Probability that the customer will buy again, 0 to 1; null without a sale or a trained model.',
      sql: alive,
      range: { minimum: 0, maximum: 1 },
      changesWith: ['orders'],
    },
    {
      name: 'churn_risk',
      type: 'number',
      description: 'Probability that the customer has bought for the last time: 1 - alive_probability.',
      sql: `1 - ${alive}`,
      range: { minimum: 0, maximum: 1 },
      changesWith: ['orders'],
    },
    {
      name: 'expected_orders',
      type: 'number',
      description: 'Purchase days expected in the next 90 days.',
      sql: 'null::numeric',
      unavailable: perRequest,
    },
    {
      name: 'lifetime_value',
      type: 'money',
      description: 'Revenue expected in the next 365 days.',
      sql: 'null::numeric',
      unavailable: perRequest,
    },
  ],
};
