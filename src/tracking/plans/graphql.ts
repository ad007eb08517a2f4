/** Tracking plans in the schema. No SQL. */
import { builder } from '#graphql/builder.ts';
import { instants } from '#graphql/instants.ts';
import { defineMutation } from '#graphql/mutations.ts';
import { InvalidInputError, NotFoundError } from '#platform/errors.ts';
import { loadMany } from '#platform/loaders.ts';

import { type PlanRow, readActivePlans, readPlans, readViolations, type ViolationRow } from './queries.ts';
import { removeTrackingPlan, setTrackingPlan } from './service.ts';
import type { PlanMode } from './tables.ts';

const ModeEnum = builder.enumType('TrackingPlanMode', {
  description: 'Treatment of an event that violates its plan. Every violation is counted.',
  values: {
    WARN: { value: 'warn', description: 'It is taken as it came.' },
    STRIP: {
      value: 'strip',
      description: 'It is taken without the properties that the plan does not allow.',
    },
    REJECT: { value: 'reject', description: 'It is dropped, and listed in `trackingRejects`.' },
  } as const satisfies Record<string, { value: PlanMode; description: string }>,
});

const Violation = builder.objectRef<ViolationRow>('TrackingViolation').implement({
  description: 'Events of one source and day that violated a plan with the mode WARN or STRIP.',
  fields: (t) => ({
    source: t.exposeString('source', { description: 'Name of the write key that they came with.' }),
    day: t.exposeString('day', { description: 'Day in UTC, as 2026-01-31.' }),
    count: t.exposeInt('count', { description: 'Number of events.' }),
    lastReason: t.exposeString('lastReason', {
      description: 'Expectation that the last one missed, without a value of the event.',
    }),
    ...instants(t, { lastAt: 'Time at which the last one came.' }),
  }),
});

const violationsOf = loadMany(
  (db, keys: readonly string[]) => readViolations(db, keys.map(planOf)),
  ({ event, version }) => keyOf(event, version),
);

function keyOf(event: string, version: number): string {
  return `${version} ${event}`;
}

function planOf(key: string): { event: string; version: number } {
  const end = key.indexOf(' ');
  return { event: key.slice(end + 1), version: Number(key.slice(0, end)) };
}

const TrackingPlan = builder.objectRef<PlanRow>('TrackingPlan').implement({
  description: 'A version of the plan of an event: a JSON Schema of its properties.',
  fields: (t) => ({
    event: t.exposeString('event', { description: 'Name of the event, as senders write it.' }),
    version: t.exposeInt('version', { description: 'Version, from 1.' }),
    schema: t.field({
      type: 'JSON',
      description: 'JSON Schema (draft 2020-12) of the properties.',
      resolve: ({ schema }) => schema,
    }),
    mode: t.expose('mode', { type: ModeEnum, description: 'Treatment of an event that violates it.' }),
    ...instants(
      t,
      { createdAt: 'Time from which it held.' },
      { endedAt: 'Time from which it holds no more; null while it does.' },
    ),
    violations: t.field({
      type: [Violation],
      description:
        'Violations by source and day, newest first; at most 100. Rejected events are in `trackingRejects`.',
      resolve: ({ event, version }, _, context) => violationsOf(context).load(keyOf(event, version)),
    }),
  }),
});

builder.queryField('trackingPlans', (t) =>
  t.field({
    type: [TrackingPlan],
    description:
      'The tracking plans that hold, by event; with `event` every version of its plan, newest first.',
    args: { event: t.arg.string({ description: 'Name of an event, as senders write it.' }) },
    resolve: (_, { event }, { db }) => {
      if (event == null) return readActivePlans(db);
      return event.includes('\0') ? [] : readPlans(db, event);
    },
  }),
);

function planPayload(name: string, description: string) {
  return builder.objectRef<PlanRow>(name).implement({
    description,
    fields: (t) => ({
      plan: t.field({ type: TrackingPlan, description: 'The plan.', resolve: (row) => row }),
    }),
  });
}

defineMutation('setTrackingPlan', {
  description:
    'Gives an event a tracking plan, or its plan another version. All gateways apply it within 5 seconds. Idempotent.',
  payload: planPayload('SetTrackingPlanPayload', 'The plan holds.'),
  errors: [InvalidInputError],
  input: builder.inputType('SetTrackingPlanInput', {
    description: 'The plan of an event.',
    fields: (t) => ({
      event: t.string({
        required: true,
        description: 'Name of the event, as senders write it; 1 to 500 characters.',
      }),
      schema: t.field({
        type: 'JSON',
        required: true,
        description:
          'JSON Schema (draft 2020-12) of the properties, at most 64 KiB; without `pattern`, `patternProperties` and references to other documents.',
      }),
      mode: t.field({
        type: ModeEnum,
        required: true,
        description: 'Treatment of an event that violates it.',
      }),
    }),
  }),
  inputDescription: 'The plan.',
  resolve: ({ event, schema, mode }, { app }) => {
    if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) {
      throw new InvalidInputError('schema', 'expected a JSON Schema as an object');
    }
    // A literal in the text of a request arrives as objects without a prototype.
    const plain = JSON.parse(JSON.stringify(schema)) as Readonly<Record<string, unknown>>;
    return setTrackingPlan(app, { event, schema: plain, mode });
  },
});

defineMutation('removeTrackingPlan', {
  description: 'Ends the tracking plan of an event, which is then taken as it comes.',
  payload: planPayload('RemoveTrackingPlanPayload', 'The plan holds no more.'),
  errors: [NotFoundError, InvalidInputError],
  input: builder.inputType('RemoveTrackingPlanInput', {
    description: 'The event whose plan ends.',
    fields: (t) => ({ event: t.string({ required: true, description: 'Name of the event.' }) }),
  }),
  inputDescription: 'The event.',
  resolve: ({ event }, { app }) => removeTrackingPlan(app, event),
});
