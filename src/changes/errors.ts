/** Errors of readers of the change log. */
import { GraphQLError } from 'graphql';

/** Some entries after the cursor were removed: a reader that continued from it would miss them. */
export function cursorExpiredError(retentionDays: number): GraphQLError {
  const message = `Entries after \`after\` are gone: they were older than ${retentionDays} days, or the cursor is of another database. Read everything once more, then go on from a new cursor.`;
  return new GraphQLError(message, { extensions: { code: 'CURSOR_EXPIRED', retentionDays } });
}
