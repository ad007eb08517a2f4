/** Writes the demo shop through the features' services and computes derived data. Generates nothing. */
import { CampaignKeyTakenError } from '#campaigns/errors.ts';
import { archiveCampaign, createCampaign, suppressCustomer } from '#campaigns/service.ts';
import { upsertProducts } from '#catalog/service.ts';
import { connectCustomers } from '#customers/connections/service.ts';
import { upsertCustomers } from '#customers/service.ts';
import { recordEvents, recordOrders } from '#events/service.ts';
import type { App } from '#platform/app.ts';
import { trainPredictions } from '#predictions/service.ts';
import { recomputeProfiles, recomputeProfilesOf } from '#profiles/service.ts';
import { trainModels } from '#recommendations/service.ts';
import { demoSegments } from './demo-segments.ts';
import { SegmentKeyTakenError } from '#segments/errors.ts';
import { createSegment } from '#segments/service.ts';
import { evaluateAllSegments } from '#segments/membership/scheduled-evaluation.ts';

import { DAY_MS } from './chance.ts';
import { demoCampaigns, pastCampaigns } from './demo-campaigns.ts';
import { addDemoList, demoFollowUps, fillDemoList } from './demo-lists.ts';
import { addClusters } from './demo-clusters.ts';
import { demoSizes, generateShop } from './generate-shop.ts';
import { type FillMark, forgetChanges, markFilled, markPeriod, startFilling } from './mark.ts';
import { divideShop, type Period } from './periods.ts';
import type { Shop, ShopSizes } from './shop.ts';
import {
  toConnectionInput,
  toConsentInput,
  toCustomerInput,
  toEventInput,
  toOrderInput,
  toProductInput,
} from './to-inputs.ts';

export type OnProgress = (done: number, total: number, step: string) => void;

interface Step {
  readonly name: string;
  /** Approximate share of the total time. */
  readonly weight: number;
  /** `report` takes the completed share of the step, 0 to 1. */
  readonly run: (report: (share: number) => void) => Promise<unknown>;
}

const SEED = 360;
const BATCH_SIZE = 1000;
const SHOP_DAYS = 900;
/** A campaign is created before it is sent, and archived once its results are known. */
const PREPARATION_DAYS = 7;
const RUNNING_DAYS = 10;

/**
 * Fills the database with the demo shop. Idempotent: after an interruption it resumes with the same shop and the same
 * result.
 */
export async function fillDemo(
  app: App,
  onProgress: OnProgress,
  sizes: ShopSizes = demoSizes,
): Promise<void> {
  // A second process waits for the first, and then finds the shop.
  await app.db.withLock('demo.fill', () => fillAlone(app, onProgress, sizes));
}

async function fillAlone(app: App, onProgress: OnProgress, sizes: ShopSizes): Promise<void> {
  const mark = await startFilling(app);
  if (mark.isFilled) return;
  const steps = planSteps(app, generateShop(SEED, mark.present, sizes), mark);
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

function planSteps(app: App, shop: Shop, mark: FillMark): Step[] {
  const periods = divideShop(shop, mark.present);
  const idByCrmId = new Map<string, string>();
  const begin = asOf(app, new Date(mark.present.getTime() - SHOP_DAYS * DAY_MS));
  return [
    { name: 'products', weight: 2, run: () => upsertProducts(begin, shop.products.map(toProductInput)) },
    { name: 'segments', weight: 2, run: () => addSegments(begin) },
    { name: 'campaigns', weight: 1, run: () => addCampaigns(app, mark.present) },
    ...periods.flatMap((period) => planPeriod(app, period, idByCrmId, mark)),
    {
      name: 'connections',
      weight: 2,
      run: (report) =>
        inBatches(shop.connections, report, (batch) =>
          connectCustomers(
            unheard(app),
            batch.map((connection) => toConnectionInput(connection, idByCrmId)),
          ),
        ),
    },
    {
      name: 'list',
      weight: 1,
      run: () =>
        fillDemoList(
          unheard(app),
          shop.customers.map(({ crmId }) => idByCrmId.get(crmId)!),
        ),
    },
    { name: 'suppressions', weight: 1, run: () => suppressSome(app, shop, idByCrmId) },
    // The embedded database gathers no statistics by itself, and plans badly without.
    { name: 'statistics', weight: 15, run: () => app.db.execute('analyze') },
    { name: 'profiles and segments', weight: 25, run: () => computeWhatFollows(app) },
    { name: 'clusters and look-alikes', weight: 8, run: () => addClusters(app) },
    { name: 'models', weight: 15, run: () => trainModels(app) },
    { name: 'predictions', weight: 3, run: () => trainPredictions(app) },
  ];
}

/** A copy has no listeners of changes: profiles and memberships are computed at the end of a period. */
function unheard(app: App): App {
  return { ...app };
}

/** The app at an instant of the shop's past: its writes have that time. */
function asOf(app: App, at: Date): App {
  return { ...app, clock: () => at };
}

/** One period as it happened: new customers and their activity, and then the derived data. */
function planPeriod(app: App, period: Period, idByCrmId: Map<string, string>, mark: FillMark): Step[] {
  const isPast = period.endsAt < mark.present;
  const then = isPast ? asOf(app, period.endsAt) : unheard(app);
  const isDone = period.index < mark.periodsDone;
  const steps: Step[] = [
    {
      name: 'customers',
      weight: 3,
      run: async (report) => {
        // Customers of an earlier call are looked up again: later steps need their ids.
        const rows = period.customers;
        await inBatches(rows, report, async (batch) => {
          const outcomes = await upsertCustomers(then, batch.map(toCustomerInput));
          outcomes.forEach(({ customerId }, index) => idByCrmId.set(batch[index]!.crmId, customerId));
        });
        await inBatches(
          period.consenting,
          () => {},
          (batch) => upsertCustomers(then, batch.map(toConsentInput)),
        );
      },
    },
    {
      name: 'orders',
      weight: 5,
      run: (report) =>
        inBatches(period.orders, report, (batch) =>
          recordOrders(
            then,
            batch.map((order) => toOrderInput(order, idByCrmId)),
          ),
        ),
    },
    {
      name: 'events',
      weight: 6,
      run: (report) =>
        inBatches(period.events, report, (batch) =>
          recordEvents(
            then,
            batch.map((event) => toEventInput(event, idByCrmId)),
          ),
        ),
    },
    {
      name: 'past segments',
      weight: 3,
      run: async () => {
        const buyers = new Set(period.orders.flatMap(({ crmId }) => crmId ?? []));
        await recomputeProfilesOf(
          then,
          [...buyers].map((crmId) => idByCrmId.get(crmId)!),
        );
        await evaluateAllSegments(then);
        await forgetChanges(then, then.clock());
        await markPeriod(app, period.index);
      },
    },
  ];
  if (!isPast) return steps.slice(0, 3);
  // Facts recorded later must not count yet.
  return isDone ? steps.slice(0, 1) : steps;
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

/** Before there are customers: a new segment is evaluated, which costs nothing yet. */
async function addSegments(app: App): Promise<void> {
  await addDemoList(app);
  for (const segment of [...demoSegments, ...demoFollowUps]) {
    await unless(SegmentKeyTakenError, () => createSegment(app, segment));
  }
}

/** Past campaigns at their times, and planned ones. */
async function addCampaigns(app: App, present: Date): Promise<void> {
  const daysAgo = (days: number) => asOf(app, new Date(present.getTime() - days * DAY_MS));
  for (const past of pastCampaigns) {
    await unless(CampaignKeyTakenError, async () => {
      const { id } = await createCampaign(daysAgo(past.daysAgo + PREPARATION_DAYS), past.campaign);
      await archiveCampaign(daysAgo(past.daysAgo - RUNNING_DAYS), id);
    });
  }
  for (const campaign of demoCampaigns) {
    await unless(CampaignKeyTakenError, () => createCampaign(app, campaign));
  }
}

/** Resources of an earlier call stay. */
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
