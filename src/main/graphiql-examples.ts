/** The initial queries of GraphiQL: one tab for each area of the gateway. */
import type { GraphiqlExample } from '#platform/http/graphiql.ts';

export const graphiqlExamples: readonly GraphiqlExample[] = [
  {
    title: '1 Customers: who buys most, and how they are known',
    query: `query Customers {
  customers(first: 3, sort: REVENUE_DESC) {
    totalCount
    nodes {
      id
      displayName
      email
      country
      identities { kind source value }
      consents { channel purpose status recordedAt }
      orders(first: 3) { totalCount nodes { placedAt total { amount currency } } }
    }
  }
}`,
  },
  {
    title: '2 Profiles: what their orders and clicks say of them',
    query: `query Profiles($filter: String) {
  customers(first: 5, filter: $filter, sort: REVENUE_DESC) {
    nodes {
      displayName
      profile {
        orderCount
        revenue { amount currency }
        averageOrderValue { amount }
        recencyDays
        returnRate
        rfm { recency frequency monetary group }
        topCategories { category share }
        interests { keyword weight }
        tags { name rule }
      }
    }
  }
}`,
    variables: { filter: 'number_of_orders >= 3' },
  },
  {
    title: '3 Segments: a rule, whom it finds, and why somebody belongs',
    query: `query Segments($rule: String!) {
  segmentPreview(rule: $rule) {
    ... on SegmentPreview { size share sample { displayName profile { orderCount } } }
    ... on SegmentRuleError { message }
  }
  customers(first: 2, filter: "rfm_group = 'champions'") {
    nodes {
      displayName
      segments(first: 5) { edges { enteredAt reasons { text } node { key name } } }
    }
  }
}`,
    variables: { rule: 'number_of_orders >= 3 AND last_order_date < -90d' },
  },
  {
    title: '4 Recommendations: what next, and why',
    query: `query Recommendations {
  customers(first: 2, sort: ORDER_COUNT_DESC) {
    nodes {
      displayName
      rebuy: recommendations(first: 3, list: REBUY) { ...item }
      discover: recommendations(first: 3, list: DISCOVER) { ...item }
      similarCustomers(first: 3) { score customer { displayName } sharedProducts { name } }
    }
  }
}

fragment item on Recommendation {
  rank
  score
  product { name price { amount } }
  reasons { kind weight text }
}`,
  },
  {
    title: '5 Campaigns: whom one may reach, and who stops at which gate',
    query: `query Campaigns {
  campaigns(first: 3) {
    nodes {
      name
      channel
      preview { matched noAddress noConsent suppressed capped heldOut reached }
    }
  }
  audiencePreview(audience: { rule: "number_of_orders >= 2", channel: EMAIL, holdoutShare: 0.1 }) {
    gates { gate stopped remaining }
  }
}`,
  },
  {
    title: '6 Clusters and look-alikes: groups that the data show, and people like the best',
    query: `query ClustersAndLookAlikes {
  clusterSet(by: { key: "buying" }) {
    silhouette
    stability { index }
    clusters {
      key
      name
      description
      size
      rule
      rulePrecision
      ruleRecall
      members(first: 2) { nodes { displayName } }
    }
    scatter { explainedVariance points(sample: 5) { x y clusterNumber } }
  }
  lookAlike(by: { key: "like_champions" }) {
    method
    results { method lifts { share people lift } }
    weights { trait weight }
    people(first: 3) { edges { score node { displayName clusters { cluster { name } } } } }
  }
}`,
  },
  {
    title: '7 Segments through time, beside each other, and a list kept by hand',
    query: `query SegmentsThroughTime($from: DateTime!) {
  segment(by: { key: "champions" }) {
    size
    ruleVersion
    growth(from: $from, interval: MONTH) { from entered left size }
    membersAt(at: $from, first: 3) { totalCount }
    overlaps(first: 3) { segment { key } shared share similarity }
    distribution(attribute: "country", buckets: 5) { buckets { value share shareOfEverybody index } }
  }
  customerList(by: { key: "tasting_evening" }) {
    name
    size
    members(first: 3) {
      edges {
        addedAt
        node { displayName segmentHistory(first: 3) { nodes { segment { key } enteredAt enteredBy leftAt leftBy } } }
      }
    }
  }
}`,
    variables: { from: '2026-01-01T00:00:00Z' },
  },
];
