/** Everything that is sealed at rest, of every feature, for a rotation of the keys. */
import { sealedContacts } from '#customers/contact-data/rotate-keys.ts';
import type { SealedValues } from '#platform/crypto/sealed-rows.ts';
import { sealedExportChunks } from '#segments/export/service.ts';
import { sealedInbox } from '#tracking/inbox-rows.ts';
import { sealedRejects } from '#tracking/rejects.ts';
import { sealedWebhookSecrets } from '#webhooks/secrets.ts';

export const featureSealedValues: readonly SealedValues[] = [
  sealedContacts,
  sealedInbox,
  sealedRejects,
  sealedExportChunks,
  sealedWebhookSecrets,
];
