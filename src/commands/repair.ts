/** `c360 repair`: finds data recorded before today's rules, and mends it. */
import type { Command } from 'commander';

import { repairCustomers } from '#customers/repair.ts';
import { repairEvents } from '#events/repair.ts';
import { drainChangeQueue } from '#segments/membership/refresh.ts';

import { examples } from './examples.ts';
import { createInterrupt } from './stop-on-signal.ts';
import { note, print, printTable } from './terminal.ts';
import { withApp } from './with-app.ts';

export function addRepairCommand(program: Command): void {
  program
    .command('repair')
    .description("count what was recorded before today's rules and breaks them; with --apply, mend it")
    .option('--apply', 'mend what is found; may be stopped and started again')
    .option(
      '--json',
      'print { "applied", "contactsInEvents", "futureEvents", "futureConsents", "futureSightings" }',
    )
    .addHelpText('after', examples('repair', 'repair --apply'))
    .action((options: { apply?: true; json?: true }) =>
      withApp('repair', async (app) => {
        const interrupt = createInterrupt();
        const applied = options.apply ?? false;
        const how = { apply: applied, signal: interrupt.signal };
        // Events first: customers are seen by them.
        const { contactsInEvents, futureEvents } = await repairEvents(app, how);
        const { futureConsents, futureSightings } = await repairCustomers(app, how);
        if (applied && !interrupt.signal.aborted) await drainChangeQueue(app);
        interrupt.end();
        const counts = { contactsInEvents, futureEvents, futureConsents, futureSightings };
        if (options.json) print(JSON.stringify({ applied, ...counts }));
        else {
          printTable(
            ['kind', applied ? 'mended' : 'found'],
            [
              ['events with contact data', String(contactsInEvents)],
              ['events and orders dated in the future', String(futureEvents)],
              ['consents dated in the future', String(futureConsents)],
              ['customers seen in the future', String(futureSightings)],
            ],
          );
        }
        if (interrupt.signal.aborted) note('Stopped; run it again to continue.');
        else if (!applied) note('Nothing was changed. With --apply it is mended.');
      }),
    );
}
