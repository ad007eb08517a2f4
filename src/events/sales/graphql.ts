/** Sums over all sales, in the schema. No SQL. */
import { builder } from '#graphql/builder.ts';
import { instants } from '#graphql/instants.ts';
import { readCountry } from '#platform/input/countries.ts';

import { OrderKindEnum } from '../graphql.ts';
import { type SalesSummary, salesSummary } from './queries.ts';

const SalesFilter = builder.inputType('SalesFilter', {
  description: 'Filter of order lines; without any of these, all of them, each once.',
  fields: (t) => ({
    kinds: t.field({ type: [OrderKindEnum], description: 'Only lines of such orders.' }),
    hasCustomer: t.boolean({
      description: 'True includes only lines of known customers, false only those without a customer.',
    }),
    country: t.string({
      description: 'Only lines of orders of this country: an ISO 3166-1 code, or a name of the country.',
    }),
    isPurchase: t.boolean({
      required: true,
      defaultValue: false,
      description: 'Only lines with more than 0 units and a price above 0.',
    }),
    countRepeats: t.boolean({
      required: true,
      defaultValue: false,
      description: 'Counts each line as often as its source repeated it, as figures over the raw rows do.',
    }),
  }),
});

const SalesSummaryType = builder.objectRef<SalesSummary>('SalesSummary').implement({
  description: 'Sums over order lines.',
  fields: (t) => ({
    lineCount: t.exposeInt('lineCount', { description: 'Number of lines.' }),
    orderCount: t.exposeInt('orderCount', { description: 'Number of orders with such a line.' }),
    customerCount: t.exposeInt('customerCount', { description: 'Number of customers with such a line.' }),
    productCount: t.exposeInt('productCount', { description: 'Number of products with such a line.' }),
    itemCount: t.exposeInt('itemCount', { description: 'Units sold minus units returned.' }),
    revenue: t.field({
      type: 'Money',
      description: 'Sum of quantity times unit price; returns are negative.',
      resolve: ({ revenue }, _, { app }) => ({ amount: revenue, currency: app.config.currency }),
    }),
    ...instants(
      t,
      {},
      { firstOrderAt: 'Time of the earliest line.', lastOrderAt: 'Time of the latest line.' },
    ),
  }),
});

builder.queryField('salesSummary', (t) =>
  t.field({
    type: SalesSummaryType,
    description: 'Sums over all sales. Reads every order line: for reports, not for pages.',
    args: {
      filter: t.arg({
        type: SalesFilter,
        required: true,
        defaultValue: { isPurchase: false, countRepeats: false },
        description: 'Filter of the order lines.',
      }),
    },
    resolve: (_, { filter }, context) =>
      salesSummary(context, {
        kinds: filter.kinds ?? null,
        hasCustomer: filter.hasCustomer ?? null,
        country: filter.country == null ? null : readCountry('filter.country', filter.country),
        isPurchase: filter.isPurchase,
        countsRepeats: filter.countRepeats,
      }),
  }),
);
