/** Queries that GraphiQL opens with: one tab for each face of the gateway. */
import type { GraphiqlExample } from '#platform/http/graphiql.ts';

export const graphiqlExamples: readonly GraphiqlExample[] = [
  {
    title: 'Customers: the best ones, with what is known of each',
    query: `query Customers {
  customers(first: 5) {
    totalCount
    nodes {
      id
      displayName
      email
      country
      profile {
        orderCount
        revenue { amount currency }
        lastOrderAt
        rfm { recency frequency monetary group }
        tags { name }
      }
    }
  }
}`,
  },
];
