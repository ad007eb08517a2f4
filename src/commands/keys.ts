/** `c360 keys`: API keys, and the keys that contact data is sealed with. */
import { rotateContactKeys } from '#customers/contact-data/rotate-keys.ts';
import { checkScopes, createApiKey, listApiKeys, revokeApiKey } from '#platform/auth/api-keys.ts';
import { scopes } from '#platform/auth/viewer.ts';
import { addContactKey, openKeyring } from '#platform/crypto/open-keyring.ts';
import type { Command } from 'commander';

import { examples } from './examples.ts';
import { createInterrupt } from './stop-on-signal.ts';
import { createProgress, note, print, printTable } from './terminal.ts';
import { withApp } from './with-app.ts';

export function addKeysCommand(program: Command): void {
  const keys = program
    .command('keys')
    .description('create, list and revoke API keys; rotate the contact-data key');

  keys
    .command('create')
    .description('create an API key; its text is shown only here')
    .requiredOption('--scopes <list>', `what it may do, comma-separated: ${scopes.join(', ')}`)
    .option('--name <name>', 'purpose of the key', 'unnamed')
    .option('--origins <list>', 'origins of pages that may send with it to the tracking API, comma-separated')
    .option('--json', 'print { "key": … } for programs')
    .addHelpText('after', examples('keys create --name shop-front --scopes customers:read'))
    .action((options: { scopes: string; name: string; origins?: string; json?: true }) => {
      const names = readList(options.scopes);
      checkScopes(names);
      return withApp('keys create', async (app) => {
        const { key, apiKey } = await createApiKey(app.db, {
          name: options.name,
          scopes: names,
          origins: options.origins === undefined ? null : readList(options.origins),
          at: app.clock(),
        });
        if (options.json)
          print(JSON.stringify({ key, id: apiKey.id, name: apiKey.name, scopes: apiKey.scopes }));
        else {
          print(key);
          note('Keep it now: only its hash is stored. Send it as `authorization: Bearer …`.');
        }
      });
    });

  keys
    .command('list')
    .description('list API keys, newest first')
    .option('--json', 'print a JSON list')
    .addHelpText('after', examples('keys list'))
    .action((options: { json?: true }) =>
      withApp('keys list', async (app) => {
        const all = await listApiKeys(app.db);
        if (options.json) {
          print(JSON.stringify(all));
          return;
        }
        printTable(
          ['PREFIX', 'NAME', 'SCOPES', 'CREATED', 'LAST USED', 'STATE'],
          all.map((key) => [
            key.prefix,
            key.name,
            key.scopes.join(','),
            day(key.createdAt),
            key.lastUsedAt === null ? '-' : day(key.lastUsedAt),
            key.revokedAt === null ? 'active' : `revoked ${day(key.revokedAt)}`,
          ]),
        );
      }),
    );

  keys
    .command('revoke')
    .description('revoke an API key; gateways refuse it within 5 seconds')
    .argument('<id-or-key>', 'its id, its prefix from the list, or the key itself')
    .option('--json', 'print { "id", "revokedAt" }')
    .addHelpText('after', examples('keys revoke c360_Xa81bQ2'))
    .action((idOrKey: string, options: { json?: true }) =>
      withApp('keys revoke', async (app) => {
        const { id, name, prefix, revokedAt } = await revokeApiKey(app.db, idOrKey, app.clock());
        print(options.json ? JSON.stringify({ id, revokedAt }) : `Revoked ${prefix}… (${name}).`);
      }),
    );

  keys
    .command('rotate')
    .description(
      're-seal all that is sealed at rest with the newest contact-data key; may be stopped and started again',
    )
    .option('--new-key', 'first add a new key to the generated ones in DATA_DIR')
    .option('--json', 'print { "resealed", "activeKey" }')
    .addHelpText('after', examples('keys rotate --new-key'))
    .action((options: { newKey?: true; json?: true }) =>
      withApp('keys rotate', async (app) => {
        if (options.newKey) await addContactKey(app.config);
        const keyring = options.newKey ? await openKeyring(app.config) : app.keyring;
        const interrupt = createInterrupt();
        const progress = createProgress('Re-sealing');
        const result = await rotateContactKeys(app, {
          keyring,
          signal: interrupt.signal,
          onProgress: ({ done, total }) => progress.update(done, total),
        });
        progress.end();
        interrupt.end();
        const { activeKeyId } = keyring;
        if (options.json) print(JSON.stringify({ resealed: result.done, activeKey: activeKeyId }));
        else print(`Re-sealed ${result.done} of ${result.total} values with key ${activeKeyId}.`);
        if (interrupt.signal.aborted) note('Stopped; run it again to go on.');
      }),
    );
}

function readList(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function day(at: Date): string {
  return at.toISOString().slice(0, 10);
}
