/** Messages of the tracking API that could not be used, in the schema: the list, and their replay. No SQL. */
import { builder } from '#graphql/builder.ts';
import { readPage, toConnection } from '#graphql/connections.ts';
import { instants } from '#graphql/instants.ts';
import { defineMutation } from '#graphql/mutations.ts';
import { InvalidInputError } from '#platform/errors.ts';

import { countRejects, openReject, readRejectPage, type RejectRow, rejectsByAge } from './rejects.ts';
import { type Replay, replayRejects } from './replay.ts';

const TrackingReject = builder.objectRef<RejectRow>('TrackingReject').implement({
  description: 'A message of the tracking API that could not be used. Kept for TRACKING_REJECT_DAYS.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'UUID; the same for a repeated message.' }),
    source: t.exposeString('source', { description: 'Name of the write key it came with.' }),
    type: t.exposeString('type', { description: 'Type of the message, such as `track`.' }),
    messageId: t.exposeString('messageId', { description: 'Id that its sender gave it; empty if none.' }),
    reason: t.exposeString('reason', { description: 'Expectation that it missed.' }),
    message: t.field({
      type: 'JSON',
      nullable: true,
      description: 'The message as it came. It may hold contact data.',
      resolve: (row, _, { app }) => openReject(app, row),
    }),
    ...instants(t, { receivedAt: 'Time at which it came.' }),
  }),
});

builder.queryField('trackingRejects', (t) =>
  t.connection(
    {
      type: TrackingReject,
      description: 'Messages of the tracking API that could not be used, newest first.',
      args: { source: t.arg.string({ description: 'Only those of the write key with this name.' }) },
      resolve: async (_, { source, ...args }, { db }) => {
        const page = readPage(args, rejectsByAge.order);
        const rows = await readRejectPage(db, source ?? null, page);
        return toConnection(page, rows, rejectsByAge.cursorOf, () => countRejects(db, source ?? null));
      },
    },
    { name: 'TrackingRejectConnection', description: 'A page of rejected messages.' },
    { name: 'TrackingRejectEdge', description: 'A rejected message and its cursor.' },
  ),
);

const ReplayTrackingRejectsInput = builder.inputType('ReplayTrackingRejectsInput', {
  description: 'Rejected messages to take in once more.',
  fields: (t) => ({
    ids: t.idList({ required: true, description: '1 to 1,000 ids as in `TrackingReject.id`.' }),
  }),
});

const KeptTrackingReject = builder.objectRef<Replay['kept'][number]>('KeptTrackingReject').implement({
  description: 'A rejected message that still cannot be used.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Id as in `TrackingReject.id`.' }),
    reason: t.exposeString('reason', { description: 'Expectation that it misses now.' }),
  }),
});

const ReplayTrackingRejectsPayload = builder.objectRef<Replay>('ReplayTrackingRejectsPayload').implement({
  description: 'Result of a replay.',
  fields: (t) => ({
    replayedCount: t.exposeInt('replayedCount', {
      description: 'Number of accepted messages, which are processed next.',
    }),
    kept: t.expose('kept', {
      type: [KeptTrackingReject],
      description: 'Messages that still cannot be used; they stay rejected.',
    }),
  }),
});

defineMutation('replayTrackingRejects', {
  description:
    'Takes rejected messages in once more, with their former times. A message that its source has sent again meanwhile is not counted twice.',
  payload: ReplayTrackingRejectsPayload,
  errors: [InvalidInputError],
  input: ReplayTrackingRejectsInput,
  inputDescription: 'The messages.',
  resolve: ({ ids }, { app }) => replayRejects(app, ids.map(String)),
});
