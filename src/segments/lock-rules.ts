/**
 * Resources that rules refer to, such as segments, lists and clusters: the lock of their changes, and the check for
 * uses.
 */
import type { InUseError } from '#named-resources/errors.ts';
import type { Database } from '#platform/database/database.ts';
import { dependenciesOf } from '#rule-language/check/dependencies.ts';

import { readActiveSegments } from './membership/active-segments.ts';

/**
 * Serialises changes until the transaction ends: two rules that are valid alone could form a cycle, and a rule could
 * refer to a resource that is archived meanwhile.
 */
export async function lockRules(transaction: Database): Promise<void> {
  await transaction.query('/* segments.lockRules */ select pg_advisory_xact_lock(361, 0)');
}

/**
 * Call before archiving a resource that rules can refer to, after `lockRules`.
 * @param group of the rule language, such as `list`
 * @param isIt whether this key in a rule refers to the resource
 * @throws {InUseError} of the class, with the keys of the segments
 */
export async function assertUnused(
  transaction: Database,
  key: string,
  UseError: new (key: string, usedBy: readonly string[]) => InUseError,
  group: string,
  isIt: (named: string) => boolean = (named) => named === key,
): Promise<void> {
  const users = (await readActiveSegments(transaction)).filter(({ rule }) =>
    dependenciesOf(rule).groups.some((named) => named.group === group && isIt(named.key)),
  );
  if (users.length > 0)
    throw new UseError(
      key,
      users.map((user) => user.key),
    );
}
