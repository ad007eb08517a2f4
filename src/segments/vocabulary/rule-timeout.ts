/** A rule's statement that exceeds the statement time-out, as an error of the rule. */
import { isStatementTimeout } from '#platform/database/statement-timeout.ts';

import { SegmentRuleError } from '../errors.ts';
import { locateFault } from '#rule-language/syntax/errors.ts';

/** @throws {SegmentRuleError} the statement took too long; the error marks the complete rule. */
export async function runRule<T>(text: string, statement: Promise<T>): Promise<T> {
  try {
    return await statement;
  } catch (error) {
    if (!isStatementTimeout(error)) throw error;
    const message =
      'the rule takes longer than a statement may (STATEMENT_TIMEOUT_MS); ask for fewer events, or divide it into segments';
    throw new SegmentRuleError([locateFault(text, { message, span: { offset: 0, length: text.length } })]);
  }
}
