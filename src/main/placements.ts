/** Placement of each table on a Citus cluster: the only map, read by migrations and tests. */

type Placement = { readonly distributedBy: string } | 'reference' | 'local';

const byCustomer: Placement = { distributedBy: 'customer_id' };

export const placements: Readonly<Record<string, Placement>> = {
  customers: { distributedBy: 'id' },
  // Found by value in one routed statement, which answers the person to go on with.
  // Identified by source and message id, before the customer is known.
  tracking_messages: { distributedBy: 'id' },
  customer_identities: { distributedBy: 'value_hash' },
  identity_conflicts: byCustomer,
  customer_contacts: byCustomer,
  customer_search: byCustomer,
  consents: byCustomer,
  consent_history: byCustomer,
  recompute_queue: byCustomer,
  customer_connections: byCustomer,
  orders: byCustomer,
  order_lines: byCustomer,
  events: byCustomer,
  customer_profiles: byCustomer,
  segment_memberships: byCustomer,
  cluster_members: byCustomer,
  look_alike_scores: byCustomer,
  membership_intervals: byCustomer,
  membership_reevaluations: byCustomer,
  customer_list_members: byCustomer,
  suppressions: byCustomer,
  recommendation_impressions: byCustomer,
  attribute_definitions: 'reference',
  attribute_types: 'reference',
  products: 'reference',
  product_keywords: 'reference',
  profile_quantiles: 'reference',
  keyword_rarity: 'reference',
  segments: 'reference',
  cluster_sets: 'reference',
  clusters: 'reference',
  look_alikes: 'reference',
  customer_lists: 'reference',
  models: 'reference',
  model_artifacts: 'reference',
  prediction_models: 'reference',
  campaigns: 'reference',
  // Ordered by transactions of the coordinator, see changes/queries.ts.
  change_log: 'local',
  webhooks: 'local',
  webhook_deliveries: 'local',
  api_keys: 'local',
  installation: 'local',
  idempotency_keys: 'local',
  job_progress: 'local',
  customer_exports: 'local',
  customer_export_chunks: 'local',
  imports: 'local',
  tracking_inbox: 'local',
  tracking_rejects: 'local',
  tracking_plans: 'local',
  tracking_violations: 'local',
};

/** Places the tables where the citus extension exists; no effect elsewhere. */
export function placementBlock(tables: readonly string[]): string {
  const calls = tables.flatMap((table) => {
    const placement = placements[table];
    if (placement === undefined)
      throw new Error(`src/main/placements.ts does not say where table ${table} lives`);
    if (placement === 'local') return [];
    if (placement === 'reference') return [`perform create_reference_table('${table}');`];
    return [`perform create_distributed_table('${table}', '${placement.distributedBy}');`];
  });
  return [
    'do $$',
    'begin',
    "  if exists (select from pg_extension where extname = 'citus') then",
    ...calls.map((call) => `    ${call}`),
    '  end if;',
    'end $$;',
  ].join('\n');
}
