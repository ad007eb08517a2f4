/** The reference queries, as each server takes them. */

const customerFields = `
  id country
  profile {
    orderCount revenue { amount } averageOrderValue { amount } firstOrderAt lastOrderAt averageGapDays
    itemCount distinctProductCount returnRate rfm { recency group } computedAt
  }
  segments(first: 20) { edges { enteredAt node { key name } } }
  orders(first: 5) { nodes { number placedAt total { amount } itemCount } }
  recommendations(first: 10) { rank score product { id sku name } reasons(first: 1) { text } }
  similarCustomers(first: 5) { score customer { id country } }`;

export const gatewayQueries = {
  q360: `query Q360($after: String) { customers(first: 20, after: $after) { nodes { ${customerFields} } } }`,
  q1: `query Q1($email: String!) { customer(by: { email: $email }) { ${customerFields} } }`,
  qhello: '{ __typename }',
};

const peerCustomerFields = `
  id country
  customerProfileByCustomerId {
    orderCount revenue averageOrderValue firstOrderAt lastOrderAt averageGapDays
    itemCount distinctProductCount returnRate rfmRecency rfmGroup computedAt
  }
  segmentMembershipsByCustomerId(first: 20) { nodes { enteredAt segmentBySegmentId { key name } } }
  ordersByCustomerId(first: 5, orderBy: PLACED_AT_DESC) { nodes { number placedAt total itemCount } }
  benchRecommendationsByCustomerId(first: 10, orderBy: RANK_ASC) {
    nodes { rank score reason productByProductId { id sku name } }
  }
  benchNeighboursByCustomerId(first: 5, orderBy: RANK_ASC) { nodes { score customerByNeighbourId { id country } } }`;

export const postgraphileQueries = {
  q360: `query Q360($after: Cursor) {
    allCustomers(first: 20, after: $after, orderBy: [CREATED_AT_DESC, ID_DESC]) { nodes { ${peerCustomerFields} } }
  }`,
  q1: `query Q1($email: String!) { benchEmailByEmail(email: $email) { customerByCustomerId { ${peerCustomerFields} } } }`,
  qhello: '{ __typename }',
};

const customerJson = `json_build_object(
    'id', c.id, 'country', c.country,
    'profile', json_build_object(
      'orderCount', p.order_count, 'revenue', json_build_object('amount', p.revenue),
      'averageOrderValue', json_build_object('amount', p.average_order_value),
      'firstOrderAt', p.first_order_at, 'lastOrderAt', p.last_order_at, 'averageGapDays', p.average_gap_days,
      'itemCount', p.item_count, 'distinctProductCount', p.distinct_product_count, 'returnRate', p.return_rate,
      'rfm', json_build_object('recency', p.rfm_recency, 'group', p.rfm_group), 'computedAt', p.computed_at),
    'segments', (
      select coalesce(json_agg(json_build_object('enteredAt', m.entered_at, 'node', json_build_object('key', s.key, 'name', s.name))), '[]')
      from segment_memberships m join segments s on s.id = m.segment_id where m.customer_id = c.id),
    'orders', (
      select coalesce(json_agg(json_build_object('number', o.number, 'placedAt', o.placed_at,
        'total', json_build_object('amount', o.total), 'itemCount', o.item_count)), '[]')
      from (select number, placed_at, total, item_count from orders where customer_id = c.id order by placed_at desc, id desc limit 5) o),
    'recommendations', (
      select coalesce(json_agg(json_build_object('rank', r.rank, 'score', r.score,
        'product', json_build_object('id', t.id, 'sku', t.sku, 'name', t.name), 'reasons', json_build_array(json_build_object('text', r.reason))) order by r.rank), '[]')
      from bench_recommendations r join products t on t.id = r.product_id where r.customer_id = c.id),
    'similarCustomers', (
      select coalesce(json_agg(json_build_object('score', n.score, 'customer', json_build_object('id', k.id, 'country', k.country)) order by n.rank), '[]')
      from bench_neighbours n join customers k on k.id = n.neighbour_id where n.customer_id = c.id))`;

/** One statement that answers the body of the page as text. */
export const handwrittenStatements = {
  q360: `select json_build_object('data', json_build_object('customers', json_build_object('nodes', json_agg(${customerJson}))))::text as body
    from (select id, country from customers
      where (created_at, id) < ($1::timestamptz, $2::uuid) order by created_at desc, id desc limit 20) c
    left join customer_profiles p on p.customer_id = c.id`,
  q1: `select json_build_object('data', json_build_object('customer', ${customerJson}))::text as body
    from bench_emails e join customers c on c.id = e.customer_id left join customer_profiles p on p.customer_id = c.id
    where e.email = $1`,
};
