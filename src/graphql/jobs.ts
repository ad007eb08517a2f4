/** Background jobs in the schema: what waits, runs and failed, and a second try. No SQL. */
import { InvalidInputError, NotFoundError } from '#platform/errors.ts';
import { isUuid } from '#platform/ids.ts';
import { retryJob } from '#platform/jobs.ts';

import { builder } from './builder.ts';
import { badInput, readPage, toConnection } from './connections.ts';
import { instants } from './instants.ts';
import { countJobs, type JobRow, jobsByAge, type JobState, readJob, readJobPage } from './job-rows.ts';
import { followProgress } from './progress.ts';

const JobStateEnum = builder.enumType('JobState', {
  description: 'How far a job is.',
  values: {
    WAITING: { value: 'waiting', description: 'No worker has begun it.' },
    RETRYING: { value: 'retrying', description: 'It failed, and waits to be run again.' },
    RUNNING: { value: 'running', description: 'A worker runs it.' },
    DONE: { value: 'done', description: 'It ended well.' },
    FAILED: { value: 'failed', description: 'It failed as often as it may; `retryJob` runs it again.' },
    CANCELLED: { value: 'cancelled', description: 'It was removed from the queue.' },
  } as const satisfies Record<string, { value: JobState; description: string }>,
});

const Job = builder.objectRef<JobRow>('Job').implement({
  description: 'One run of background work. Ended ones are kept for days.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'UUID.' }),
    name: t.exposeString('name', { description: 'Kind of the work, such as `exports.write`.' }),
    state: t.expose('state', { type: JobStateEnum, description: 'How far it is.' }),
    retryCount: t.exposeInt('retryCount', { description: 'Times it was begun again after a failure.' }),
    retryLimit: t.exposeInt('retryLimit', {
      description: 'Times it is begun again at most, after a second, two, four and so on.',
    }),
    done: t.exposeFloat('done', {
      nullable: true,
      description: 'Units done so far, such as rows; null where it is unknown.',
    }),
    total: t.exposeFloat('total', {
      nullable: true,
      description: 'Units to do; null where that is not known.',
    }),
    failure: t.exposeString('failure', {
      nullable: true,
      description: 'Message of the last failure, at most 500 characters.',
    }),
    ...instants(
      t,
      { createdAt: 'When it was asked for.', dueAt: 'When it may begin.' },
      {
        startedAt: 'When it was last begun; null before.',
        finishedAt: 'When it ended; null before.',
        aliveAt: 'Last heartbeat of its worker; null before.',
      },
    ),
  }),
});

builder.queryField('jobs', (t) =>
  t.connection(
    {
      type: Job,
      description: 'Background jobs of all processes, newest first.',
      args: {
        states: t.arg({ type: [JobStateEnum], description: 'Only those in these states.' }),
        name: t.arg.string({ description: 'Only those of this kind, such as `exports.write`.' }),
      },
      resolve: async (_, { states = null, name = null, ...args }, { db }) => {
        const page = readPage(args, jobsByAge.order);
        const filter = { states, name };
        return toConnection(page, await readJobPage(db, filter, page), jobsByAge.cursorOf, () =>
          countJobs(db, filter),
        );
      },
    },
    { name: 'JobConnection', description: 'A page of jobs.' },
    { name: 'JobEdge', description: 'A job and its cursor.' },
  ),
);

const RetryJobInput = builder.inputType('RetryJobInput', {
  description: 'Which job to run again.',
  fields: (t) => ({ id: t.id({ required: true, description: 'UUID of a job that failed.' }) }),
});

builder.mutationField('retryJob', (t) =>
  t.field({
    type: builder.objectRef<{ readonly job: JobRow }>('RetryJobPayload').implement({
      description: 'The job is in the queue again.',
      fields: (payload) => ({
        job: payload.expose('job', { type: Job, description: 'The job as it is now.' }),
      }),
    }),
    description:
      'Puts a job that failed back into the queue. Jobs begun twice have the effect of one, so this is safe at any time.',
    errors: { types: [NotFoundError, InvalidInputError], directResult: true },
    args: { input: t.arg({ type: RetryJobInput, required: true, description: 'Which job.' }) },
    resolve: async (_, { input: { id } }, { app, db }) => {
      const job = isUuid(id) ? await readJob(db, id) : null;
      if (job === null) throw new NotFoundError(`There is no job ${id}.`);
      if (job.state !== 'failed') {
        throw new InvalidInputError('id', `expected a job that failed, got one that is ${job.state}`);
      }
      await retryJob(app, job);
      return { job: (await readJob(db, id))! };
    },
  }),
);

const ENDED: ReadonlySet<JobState> = new Set(['done', 'failed', 'cancelled']);
/** The newest jobs of a kind that a subscription follows. */
const FOLLOWED_JOBS = 100;

builder.subscriptionField('jobProgress', (t) =>
  t.field({
    type: Job,
    description: `How far background jobs are, as it changes: at most two events a second for each. With \`id\` of that job until it ends, otherwise of the newest ${FOLLOWED_JOBS}.`,
    args: {
      id: t.arg.id({ description: 'Only this job: its UUID.' }),
      name: t.arg.string({ description: 'Only those of this kind, such as `exports.write`.' }),
    },
    subscribe: async (_, { id, name }, context) => {
      const page = readPage({ first: FOLLOWED_JOBS }, jobsByAge.order);
      const filter = { states: null, name: name ?? null };
      if (id != null && !isUuid(id)) throw badInput('`id` is not the UUID of a job.');
      return followProgress<JobRow>(context, {
        read: async (db) =>
          id == null ? readJobPage(db, filter, page) : [await readJob(db, id)].filter((row) => row !== null),
        keyOf: (row) => row.id,
        stateOf: ({ state, retryCount, done, total }) => JSON.stringify([state, retryCount, done, total]),
        isLast: ({ state }) => id != null && ENDED.has(state),
      });
    },
    resolve: (job) => job,
  }),
);
