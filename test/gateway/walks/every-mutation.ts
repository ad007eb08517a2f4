/** Inputs of every mutation, on the demo shop: other ones for each call, and as many items as a list may have. Runs none. */

/** Ids of the demo shop. */
export interface ShopIds {
  readonly customers: readonly string[];
  readonly segment: string;
  readonly list: string;
  readonly campaign: string;
  readonly clusterSet: string;
  readonly lookAlike: string;
  readonly webhook: string;
}

/** @param call a number of its own for each call @param items how many, where the input has a list */
export type WriteInput = (call: number, items: number) => Readonly<Record<string, unknown>>;

/** The id of nothing. */
const NOTHING = '00000000-0000-4000-8000-000000000000';
const AT = '2026-05-01T00:00:00Z';
const ofEach = <Item>(count: number, write: (index: number) => Item): Item[] =>
  Array.from({ length: count }, (_, index) => write(index));

export function mutationInputs(ids: ShopIds): Readonly<Record<string, WriteInput>> {
  const someone = (index: number) => ({ id: ids.customers[index % ids.customers.length]! });
  const newcomer = (call: number, index: number) => ({
    externalId: { source: 'load', id: `P-${call}-${index}` },
  });
  const people = (count: number) => ofEach(Math.min(count, ids.customers.length), someone);
  const connection = (index: number) => ({
    kind: 'REFERRAL',
    source: 'load',
    from: someone(index),
    to: someone(index + 1),
  });
  const traits = ['number_of_orders', 'amount_spent', 'recency_days'];
  const newKey = (call: number) => ({ key: `load_${call}`, name: `Load ${call}` });
  const customer = someone(0);
  return {
    addToCustomerList: (_, items) => ({ id: ids.list, people: people(items) }),
    archiveAttributeDefinition: () => ({ key: 'none' }),
    archiveCampaign: () => ({ id: ids.campaign }),
    archiveClusterSet: () => ({ id: ids.clusterSet }),
    archiveCustomerList: () => ({ id: ids.list }),
    archiveLookAlike: () => ({ id: ids.lookAlike }),
    archiveWebhook: () => ({ id: ids.webhook }),
    archiveSegment: () => ({ id: ids.segment }),
    cancelOrder: (call) => ({ order: { source: 'load', number: `O-${call}-0` } }),
    connectCustomers: (_, items) => ({ connections: ofEach(items, connection) }),
    createApiKey: (call) => ({ name: `load ${call}`, scopes: ['customers:read'] }),
    createCampaign: (call) => ({ ...newKey(call), content: {}, audience: { rule: 'EVERYONE' } }),
    createClusterSet: (call) => ({ ...newKey(call), traits }),
    createCustomerList: (call, items) => ({ ...newKey(call), people: people(items) }),
    createLookAlike: (call) => ({ ...newKey(call), seedSegmentId: ids.segment, traits }),
    createWebhook: (call) => ({ ...newKey(call), url: 'http://127.0.0.1:9/' }),
    createSegment: (call) => ({
      ...newKey(call),
      rule: `orders_placed MATCHES (count >= 2, date >= -${call + 1}d) OR country = 'FR'`,
    }),
    defineAttribute: (call) => ({
      key: `load_${call}`,
      type: 'STRING',
      values: ofEach(50, (index) => `v${index}`),
    }),
    disconnectCustomers: (_, items) => ({
      connections: ofEach(items, (index) => {
        const { kind, from, to } = connection(index);
        return { kind, from, to };
      }),
    }),
    duplicateCampaign: (call) => ({ id: ids.campaign, key: `copy_${call}` }),
    duplicateClusterSet: (call) => ({ id: ids.clusterSet, key: `copy_${call}` }),
    duplicateCustomerList: (call) => ({ id: ids.list, key: `copy_${call}` }),
    duplicateLookAlike: (call) => ({ id: ids.lookAlike, key: `copy_${call}` }),
    duplicateSegment: (call) => ({ id: ids.segment, key: `copy_${call}` }),
    exportCustomers: () => ({ format: 'CSV' }),
    mergeCustomers: (call) => ({ keep: someone(2 * call), drop: someone(2 * call + 1) }),
    recordConsent: (call) => ({
      customer: someone(call),
      consent: { channel: 'EMAIL', purpose: 'MARKETING', status: 'GRANTED', source: 'load', recordedAt: AT },
    }),
    recordConsents: (call, items) => ({
      consents: ofEach(items, (index) => ({
        customer: newcomer(call, index),
        consent: {
          channel: 'EMAIL',
          purpose: 'MARKETING',
          status: 'GRANTED',
          source: 'load',
          recordedAt: AT,
        },
      })),
    }),
    recordOrders: (call, items) => ({
      orders: ofEach(items, (index) => ({
        source: 'load',
        number: `O-${call}-${index}`,
        customer: newcomer(call, index),
        placedAt: AT,
        lines: [{ sku: 'load', quantity: 1, unitPrice: '2.00' }],
      })),
    }),
    pauseWebhook: () => ({ id: ids.webhook }),
    replayTrackingRejects: (_, items) => ({ ids: ofEach(Math.min(items, 100), () => NOTHING) }),
    replayWebhookDeliveries: (_, items) => ({
      webhook: ids.webhook,
      deliveries: ofEach(items, () => NOTHING),
    }),
    removeFromCustomerList: (_, items) => ({ id: ids.list, people: people(items) }),
    removeTrackingPlan: () => ({ event: 'None' }),
    removeIdentities: (call) => ({
      customer,
      identities: [{ kind: 'EXTERNAL', source: 'load', value: `none ${call}` }],
    }),
    replaceCustomerListMembers: (_, items) => ({ id: ids.list, people: people(items) }),
    resolveIdentityConflict: () => ({ conflict: 'x', action: 'KEEP_APART' }),
    resumeWebhook: () => ({ id: ids.webhook }),
    retryJob: () => ({ id: NOTHING }),
    rotateWebhookSecret: () => ({ id: ids.webhook }),
    revokeApiKey: () => ({ id: 'x' }),
    setCustomerAttributes: (call) => ({
      customer: someone(call),
      attributes: Object.fromEntries(ofEach(40, (index) => [`a${index}`, `${call}`])),
    }),
    setCustomersAttributes: (call, items) => ({
      customers: ofEach(items, (index) => ({
        customer: someone(index),
        attributes: { load: `${call}` },
      })),
    }),
    setTrackingPlan: (call) => ({
      event: `Load ${call % 10}`,
      mode: 'WARN',
      schema: {
        type: 'object',
        properties: Object.fromEntries(ofEach(50, (index) => [`p${index}`, { maximum: call }])),
      },
    }),
    suppressCustomer: (call) => ({ customer: someone(call), channel: 'EMAIL' }),
    testWebhook: () => ({ id: ids.webhook }),
    trackEvents: (call, items) => ({
      events: ofEach(items, (index) => ({
        source: 'load',
        sourceId: `E-${call}-${index}`,
        kind: 'search',
        customer: newcomer(call, index),
        occurredAt: AT,
        properties: { text: `tea ${index}` },
      })),
    }),
    unsuppressCustomer: (call) => ({ customer: someone(call), channel: 'EMAIL' }),
    updateAttributeDefinition: (call) => ({ key: 'none', label: `${call}` }),
    updateCampaign: (call) => ({ id: ids.campaign, name: `Load ${call}` }),
    updateClusterSet: (call) => ({ id: ids.clusterSet, name: `Load ${call}` }),
    updateCustomerList: (call) => ({ id: ids.list, name: `Load ${call}` }),
    updateLookAlike: (call) => ({ id: ids.lookAlike, name: `Load ${call}` }),
    updateSegment: (call) => ({ id: ids.segment, rule: `number_of_orders >= ${call % 7}` }),
    updateWebhook: (call) => ({ id: ids.webhook, name: `Load ${call}` }),
    upsertCustomer: (call) => ({
      email: `load${call}@example.net`,
      name: `Load ${call}`,
      phone: '+33612345678',
      identities: [{ kind: 'EXTERNAL', source: 'load', value: `U-${call}` }],
    }),
    upsertCustomers: (call, items) => ({
      customers: ofEach(items, (index) => ({
        email: `load${call}.${index}@example.net`,
        name: `Load ${call}`,
        identities: [{ kind: 'EXTERNAL', source: 'load', value: `V-${call}-${index}` }],
      })),
    }),
    upsertProducts: (call, items) => ({
      products: ofEach(items, (index) => ({
        sku: `L-${call}-${index}`,
        name: `Cup ${index}`,
        price: '2.00',
        category: 'Load > Cups',
      })),
    }),
  };
}
