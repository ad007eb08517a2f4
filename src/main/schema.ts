/** Wires every feature's types into one schema. */
import { GraphQLSchema } from 'graphql';

import { guardSchema } from '#graphql/access.ts';
import { builder } from '#graphql/builder.ts';
import { priceSchema } from '#graphql/prices.ts';

import { accessTable } from './access-table.ts';
import { priceTable } from './price-table.ts';

import '#graphql/scalars.ts';
import '#graphql/errors.ts';
import '#graphql/api-keys.ts';
import '#graphql/jobs.ts';
import '#graphql/viewer.ts';
import '#campaigns/graphql-audience.ts';
import '#campaigns/graphql-eligibility.ts';
import '#campaigns/graphql.ts';
import '#campaigns/mutations.ts';
import '#catalog/graphql.ts';
import '#catalog/mutations.ts';
import '#catalog/graphql-changes.ts';
import '#changes/graphql-subscriptions.ts';
import '#changes/graphql.ts';
import '#customers/attributes/graphql.ts';
import '#customers/attributes/mutations.ts';
import '#customers/conflicts/graphql.ts';
import '#customers/batches/mutations.ts';
import '#customers/connections/graphql.ts';
import '#customers/connections/mutations.ts';
import '#customers/graphql-changes.ts';
import '#customers/graphql-consents.ts';
import '#customers/graphql.ts';
import '#customers/mutations.ts';
import '#events/sales/graphql.ts';
import '#events/graphql-changes.ts';
import '#events/graphql.ts';
import '#events/read-outs/graphql.ts';
import '#events/orders/cancellation-mutation.ts';
import '#events/mutations.ts';
import '#predictions/graphql.ts';
import '#profiles/graphql.ts';
import '#recommendations/schema/recommendations.ts';
import '#recommendations/schema/rank-products.ts';
import '#recommendations/schema/recommend-query.ts';
import '#recommendations/schema/models.ts';
import '#recommendations/schema/outcomes.ts';
import '#segments/analysis/graphql.ts';
import '#segments/clusters/graphql-clusters.ts';
import '#segments/clusters/graphql.ts';
import '#segments/clusters/mutations.ts';
import '#segments/customer-search/graphql.ts';
import '#segments/vocabulary/graphql.ts';
import '#segments/graphql-changes.ts';
import '#segments/graphql.ts';
import '#segments/export/graphql.ts';
import '#segments/history/graphql.ts';
import '#segments/lists/graphql.ts';
import '#segments/lists/mutations.ts';
import '#segments/look-alikes/graphql.ts';
import '#segments/look-alikes/mutations.ts';
import '#segments/mutations.ts';
import '#tracking/graphql.ts';
import '#tracking/plans/graphql.ts';

import '#webhooks/graphql.ts';
import '#webhooks/mutations.ts';

import './rule-language.ts';

const DESCRIPTION =
  'One profile per customer, from all data of a business: who a customer is, in which segments and why, what to recommend them and why, and which campaign may reach them. Requests carry an API key or a token as `Bearer`; `viewer` shows its scopes. Lists are Relay connections with pages of at most 100 rows, a mutation answers its payload or an error that the caller can fix, and every error carries a `code` in its extensions.';

export const schema: GraphQLSchema = priceSchema(
  guardSchema(new GraphQLSchema({ ...builder.toSchema().toConfig(), description: DESCRIPTION }), accessTable),
  priceTable,
);
