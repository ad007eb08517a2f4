/** Tracking plans on messages. Touches no database. */
import { InvalidInputError } from '#platform/errors.ts';

import type { Message } from '../message.ts';
import type { ActivePlan, Violation } from './service.ts';

export interface PlannedMessage {
  readonly message: Message;
  /** Null where the message fits, or its event has no plan. */
  readonly violation: Violation | null;
}

/**
 * Only tracked events have plans. `warn` leaves the message as it is, `strip` takes away what the plan does not allow.
 * @throws {InvalidInputError} it violates a plan with the mode `reject`
 */
export function applyPlan(plans: ReadonlyMap<string, ActivePlan>, message: Message): PlannedMessage {
  const plan = message.type === 'track' ? plans.get(message.name!) : undefined;
  if (plan === undefined) return { message, violation: null };
  const { fault, stripped } = plan.check(message.properties);
  if (fault === null) return { message, violation: null };
  const { field, message: expectation } = fault;
  if (plan.mode === 'reject') throw new InvalidInputError(field, expectation);
  const violation = { event: message.name!, version: plan.version, reason: `${field}: ${expectation}` };
  return plan.mode === 'strip'
    ? { message: { ...message, properties: stripped }, violation }
    : { message, violation };
}
