/** Writes the demo shop through the features' own services and computes what follows from it. Generates nothing. */
import { CampaignKeyTakenError } from '#campaigns/errors.ts';
import { createCampaign, suppressCustomer } from '#campaigns/service.ts';
import { upsertProducts } from '#catalog/service.ts';
import { connectCustomers } from '#customers/connections/service.ts';
import { upsertCustomers } from '#customers/service.ts';
import { recordEvents, recordOrders } from '#events/service.ts';
import type { App } from '#platform/app.ts';
import { trainPredictions } from '#predictions/service.ts';
import { recomputeProfiles } from '#profiles/service.ts';
import { trainModels } from '#recommendations/service.ts';
import { demoSegments } from '#segments/demo-segments.ts';
import { SegmentKeyTakenError } from '#segments/errors.ts';
import { createSegment } from '#segments/service.ts';
import { evaluateAllSegments } from '#segments/upkeep.ts';

import { demoCampaigns } from './demo-campaigns.ts';
import { addDemoList, demoFollowUps, fillDemoList } from './demo-lists.ts';
import { addClusters } from './demo-clusters.ts';
import { demoSizes, generateShop } from './generate-shop.ts';
import { forgetChanges, markFilled, startFilling } from './mark.ts';
import type { Shop, ShopSizes } from './shop.ts';
import {
  toConnectionInput,
  toCustomerInput,
  toEventInput,
  toOrderInput,
  toProductInput,
} from './to-inputs.ts';

export type OnProgress = (done: number, total: number, step: string) => void;

interface Step {
  readonly name: string;
  /** Share of the whole time, roughly. */
  readonly weight: number;
  /** `report` takes the share of the step that is done, 0 to 1. */
  readonly run: (report: (share: number) => void) => Promise<unknown>;
}

const SEED = 360;
const BATCH_SIZE = 1000;

/**
 * Fills the database with the demo shop, once: again it does nothing. Ended half-way and called again, it goes on with
 * the same shop and ends the same.
 */
export async function fillDemo(
  app: App,
  onProgress: OnProgress,
  sizes: ShopSizes = demoSizes,
): Promise<void> {
  // A second process waits for the first, and then finds the shop there.
  await app.db.withLock('demo.fill', () => fillAlone(app, onProgress, sizes));
}

async function fillAlone(app: App, onProgress: OnProgress, sizes: ShopSizes): Promise<void> {
  const mark = await startFilling(app);
  if (mark.isFilled) return;
  const steps = planSteps(app, generateShop(SEED, mark.present, sizes));
  const total = steps.reduce((sum, { weight }) => sum + weight, 0);
  let done = 0;
  for (const { name, weight, run } of steps) {
    onProgress(done, total, name);
    await run((share) => onProgress(done + Math.round(share * weight), total, name));
    done += weight;
  }
  onProgress(total, total, 'done');
  await markFilled(app);
}

function planSteps(app: App, shop: Shop): Step[] {
  // Nobody listens to changes of a copy: profiles and memberships are computed once, at the end.
  const quiet: App = { ...app };
  const idByCrmId = new Map<string, string>();
  // The second system's spellings come first, so that the CRM's own hold.
  const people = [...shop.repeatedCustomers, ...shop.customers];
  return [
    { name: 'products', weight: 2, run: () => upsertProducts(app, shop.products.map(toProductInput)) },
    { name: 'segments and campaigns', weight: 2, run: () => addSegmentsAndCampaigns(app) },
    {
      name: 'customers',
      weight: 20,
      run: (report) =>
        inBatches(people, report, async (batch) => {
          const outcomes = await upsertCustomers(quiet, batch.map(toCustomerInput));
          outcomes.forEach(({ customerId }, index) => idByCrmId.set(batch[index]!.crmId, customerId));
        }),
    },
    {
      name: 'connections',
      weight: 2,
      run: (report) =>
        inBatches(shop.connections, report, (batch) =>
          connectCustomers(
            quiet,
            batch.map((connection) => toConnectionInput(connection, idByCrmId)),
          ),
        ),
    },
    {
      name: 'list',
      weight: 1,
      run: () =>
        fillDemoList(
          quiet,
          shop.customers.map(({ crmId }) => idByCrmId.get(crmId)!),
        ),
    },
    { name: 'suppressions', weight: 1, run: () => suppressSome(app, shop, idByCrmId) },
    {
      name: 'orders',
      weight: 40,
      run: (report) =>
        inBatches(shop.orders, report, (batch) =>
          recordOrders(
            quiet,
            batch.map((order) => toOrderInput(order, idByCrmId)),
          ),
        ),
    },
    {
      name: 'events',
      weight: 45,
      run: (report) =>
        inBatches(shop.events, report, (batch) =>
          recordEvents(
            quiet,
            batch.map((event) => toEventInput(event, idByCrmId)),
          ),
        ),
    },
    // The embedded database gathers no statistics by itself, and plans badly without.
    { name: 'statistics', weight: 15, run: () => app.db.execute('analyze') },
    { name: 'profiles and segments', weight: 35, run: () => computeWhatFollows(app) },
    { name: 'clusters and look-alikes', weight: 8, run: () => addClusters(app) },
    { name: 'models', weight: 15, run: () => trainModels(app) },
    { name: 'predictions', weight: 3, run: () => trainPredictions(app) },
  ];
}

async function inBatches<Row>(
  rows: readonly Row[],
  report: (share: number) => void,
  write: (batch: readonly Row[]) => Promise<unknown>,
): Promise<void> {
  for (let start = 0; start < rows.length; start += BATCH_SIZE) {
    await write(rows.slice(start, start + BATCH_SIZE));
    report(Math.min(1, (start + BATCH_SIZE) / rows.length));
  }
}

async function computeWhatFollows(app: App): Promise<void> {
  const startedAt = app.clock();
  await recomputeProfiles(app);
  await evaluateAllSegments(app);
  await forgetChanges(app, startedAt);
}

/** Before there are people: a segment is evaluated when it is made, which costs nothing yet. */
async function addSegmentsAndCampaigns(app: App): Promise<void> {
  await addDemoList(app);
  for (const segment of [...demoSegments, ...demoFollowUps]) {
    await unless(SegmentKeyTakenError, () => createSegment(app, segment));
  }
  for (const campaign of demoCampaigns) {
    await unless(CampaignKeyTakenError, () => createCampaign(app, campaign));
  }
}

/** What an earlier call has made already stays. */
async function unless(
  made: typeof SegmentKeyTakenError | typeof CampaignKeyTakenError,
  make: () => Promise<unknown>,
) {
  await make().catch((error: unknown) => {
    if (!(error instanceof made)) throw error;
  });
}

async function suppressSome(
  app: App,
  { customers }: Shop,
  idByCrmId: ReadonlyMap<string, string>,
): Promise<void> {
  for (const { crmId, suppression } of customers) {
    if (suppression !== null)
      await suppressCustomer(app, { customerId: idByCrmId.get(crmId)!, ...suppression });
  }
}
