/** One object of every type that has an id, as a start for calls of the whole schema. */
import { computeWaitingClusterSets } from '#segments/clusters/compute.ts';
import { computeWaitingLookAlikes } from '#segments/look-alikes/compute.ts';

import { addShoppers } from '../../segments/clusters/shoppers.ts';
import { type TestApp } from '../../support/app.ts';
import { query } from '../../support/query.ts';
import { globalId } from '../../support/global-ids.ts';

const FIXTURE = `mutation ($customer: ID!) {
  upsertProducts(input: { products: [{ sku: "MUG", name: "Mug", price: "8.00" }] }) { __typename }
  recordOrders(input: { orders: [{ customer: { id: $customer }, source: "web", number: "N1",
    placedAt: "2026-05-01T00:00:00Z", lines: [{ sku: "MUG", quantity: 1, unitPrice: "8.00" }] }] }) { __typename }
  trackEvents(input: { events: [{ customer: { id: $customer }, source: "web", kind: "search",
    occurredAt: "2026-05-01T00:00:00Z" }] }) { __typename }
  createSegment(input: { key: "seg", name: "S", rule: "number_of_orders > 5" }) { ... on CreateSegmentPayload { segment { id } } }
  createCustomerList(input: { key: "list", name: "L", people: [{ id: $customer }] }) { __typename }
  createCampaign(input: { key: "campaign", name: "C", content: {}, audience: {} }) { __typename }
  createClusterSet(input: { key: "set", name: "S", traits: ["number_of_orders", "amount_spent"], maxCount: 3 }) { __typename }
  createWebhook(input: { key: "hook", name: "H", url: "https://hooks.example.com/" }) { __typename }
  other: upsertCustomer(input: { email: "other@example.com", identities: [{ kind: EXTERNAL, source: "crm", value: "1" }] }) { __typename }
}`;
const LOOK_ALIKE = `mutation ($segment: ID!) {
  createLookAlike(input: { key: "like", name: "L", seedSegmentId: $segment, traits: ["recency_days", "amount_spent"] }) { __typename }
}`;
const IDS = `query ($customer: ID!) {
  segments { nodes { id } } customerLists { nodes { id } } campaigns { nodes { id } } products { nodes { id } }
  webhooks { nodes { id } } clusterSets { nodes { id clusters { id } } } lookAlikes { nodes { id } }
  customer(by: { id: $customer }) { orders { nodes { id } } events { nodes { id } } }
}`;

/** @returns global ids by the name of the type */
export async function addOneOfEach(app: TestApp): Promise<Record<string, string>> {
  const { byKind } = await addShoppers(app);
  const customer = globalId('Customer', byKind[0]![0]!);
  const made = await query(app, FIXTURE, { customer });
  await query(app, LOOK_ALIKE, { segment: made.createSegment!.segment!.id });
  await computeWaitingClusterSets(app);
  await computeWaitingLookAlikes(app);
  const data = await query(app, IDS, { customer });
  return {
    Customer: customer,
    Segment: data.segments!.nodes[0]!.id,
    CustomerList: data.customerLists!.nodes[0]!.id,
    ClusterSet: data.clusterSets!.nodes[0]!.id,
    Cluster: data.clusterSets!.nodes[0]!.clusters[0]!.id,
    LookAlike: data.lookAlikes!.nodes[0]!.id,
    Campaign: data.campaigns!.nodes[0]!.id,
    Webhook: data.webhooks!.nodes[0]!.id,
    Product: data.products!.nodes[0]!.id,
    Order: data.customer!.orders!.nodes[0]!.id,
    Event: data.customer!.events!.nodes[0]!.id,
  };
}
