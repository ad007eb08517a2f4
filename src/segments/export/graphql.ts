/** Exports of customers in the schema. No SQL. */
import { builder } from '#graphql/builder.ts';
import { followProgress } from '#graphql/progress.ts';
import { instants } from '#graphql/instants.ts';
import { InvalidInputError } from '#platform/errors.ts';
import { isUuid } from '#platform/ids.ts';

import { SegmentRuleError } from '../errors.ts';
import { type ExportField, exportFieldNames } from './customers.ts';
import { EXPORT_HOURS, type ExportRow, readExport, requestExport, signLink } from './service.ts';

const ExportFormat = builder.enumType('ExportFormat', {
  description: 'How customers are written.',
  values: {
    CSV: { value: 'csv', description: 'Comma-separated values (RFC 4180) with a line of names, in UTF-8.' },
    NDJSON: { value: 'ndjson', description: 'One JSON object a line.' },
  } as const,
});

const ExportStatus = builder.enumType('ExportStatus', {
  description: 'How far an export is.',
  values: {
    WAITING: { value: 'waiting', description: 'No worker has begun it.' },
    RUNNING: { value: 'running', description: 'It is being written.' },
    DONE: { value: 'done', description: 'It can be fetched.' },
    FAILED: { value: 'failed', description: 'It cannot be written; `failure` says why.' },
  } as const,
});

const fieldDescriptions: Readonly<Record<ExportField, string>> = {
  id: 'UUID of the customer.',
  name: 'Name; without the scope `pii:read` initials.',
  email: 'Preferred e-mail address; masked without the scope `pii:read`.',
  phone: 'Preferred phone number; masked without the scope `pii:read`.',
  country: 'ISO 3166-1 alpha-2 code.',
  language: 'BCP 47 tag.',
  createdAt: 'When the customer became known.',
  updatedAt: 'When the customer was last changed.',
  firstSeenAt: 'First activity.',
  lastSeenAt: 'Last activity.',
  orderCount: 'Number of orders.',
  revenue: 'Amount spent, in the currency of the gateway.',
  lastOrderAt: 'Time of the last order.',
  rfmGroup: 'Group by recency, frequency and monetary value.',
  tags: 'Tags; in CSV separated by `|`.',
  attributes: 'Own attributes as JSON; without the scope `pii:read` contact data is removed.',
};

const nameOf = (field: string): string => field.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();

const ExportFieldEnum = builder.enumType('CustomerExportField', {
  description: 'A column of an export.',
  values: Object.fromEntries(
    exportFieldNames.map((field) => [nameOf(field), { value: field, description: fieldDescriptions[field] }]),
  ),
});

const CustomerExport = builder.objectRef<ExportRow>('CustomerExport').implement({
  description: `An export of customers. It is kept for ${EXPORT_HOURS} hours, sealed, and shown to the caller who asked for it.`,
  fields: (t) => ({
    id: t.exposeID('id', { description: 'UUID, for `customerExport`.' }),
    status: t.expose('status', { type: ExportStatus, description: 'How far it is.' }),
    format: t.expose('format', { type: ExportFormat, description: 'How it is written.' }),
    rowCount: t.exposeInt('rowCount', { description: 'Customers written so far.' }),
    totalCount: t.exposeInt('totalCount', {
      nullable: true,
      description: 'Customers to write, counted when it began; null before.',
    }),
    downloadUrl: t.string({
      nullable: true,
      description:
        'Path of the text on this server, with a signature: good for an hour, without a key, for everyone who has it. Null until it is done.',
      resolve: (row, _, { app }) => (row.status === 'done' ? signLink(app, row) : null),
    }),
    failure: t.exposeString('failure', { nullable: true, description: 'Why it failed; null unless it did.' }),
    ...instants(
      t,
      { createdAt: 'When it was asked for.', expiresAt: 'When it is removed.' },
      { finishedAt: 'When it ended; null before.' },
    ),
  }),
});

builder.queryField('customerExport', (t) =>
  t.field({
    type: CustomerExport,
    nullable: true,
    description: 'An export that the caller asked for; null for any other, and once it has expired.',
    args: { id: t.arg.id({ required: true, description: 'UUID of the export.' }) },
    resolve: async (_, { id }, { app, viewer }) => {
      const row = isUuid(id) ? await readExport(app, id) : null;
      return row?.caller === viewer.id ? row : null;
    },
  }),
);

builder.subscriptionField('customerExportProgress', (t) =>
  t.field({
    type: CustomerExport,
    description:
      'How far an export of the caller is, as it changes, until it is DONE or FAILED. No event for any other export.',
    args: { id: t.arg.id({ required: true, description: 'UUID of the export.' }) },
    subscribe: (_, { id }, context) =>
      followProgress<ExportRow>(context, {
        read: async (db) => {
          const row = isUuid(id) ? await readExport({ db, clock: context.app.clock }, id) : null;
          return row?.caller === context.viewer.id ? [row] : [];
        },
        keyOf: (row) => row.id,
        stateOf: ({ status, rowCount }) => `${status} ${rowCount}`,
        isLast: ({ status }) => status === 'done' || status === 'failed',
      }),
    resolve: (row) => row,
  }),
);

const ExportCustomersInput = builder.inputType('ExportCustomersInput', {
  description: 'Which customers to export, and how.',
  fields: (t) => ({
    filter: t.string({
      description:
        "A rule that they must follow, in the language of segments: `IN SEGMENT 'champions'` exports a segment. All if left out.",
    }),
    fields: t.field({ type: [ExportFieldEnum], description: 'Columns in their order; all if left out.' }),
    format: t.field({
      type: ExportFormat,
      required: true,
      defaultValue: 'csv',
      description: 'How to write them.',
    }),
  }),
});

builder.mutationField('exportCustomers', (t) =>
  t.field({
    type: builder.objectRef<{ readonly export: ExportRow }>('ExportCustomersPayload').implement({
      description: 'The export was asked for.',
      fields: (payload) => ({
        export: payload.expose('export', {
          type: CustomerExport,
          description: 'The export. `customerExport` shows its progress.',
        }),
      }),
    }),
    description:
      'Asks for an export of customers, which a background job writes. Contact data is in it as the caller may read it.',
    errors: { types: [InvalidInputError, SegmentRuleError], directResult: true },
    args: { input: t.arg({ type: ExportCustomersInput, required: true, description: 'Which, and how.' }) },
    resolve: async (_, { input: { filter, fields, format } }, { app, viewer }) => ({
      export: await requestExport(app, viewer, { rule: filter ?? null, fields: fields ?? null, format }),
    }),
  }),
);
