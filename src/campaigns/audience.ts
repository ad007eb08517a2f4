/** The audience of a campaign, its limits and valid values. */
import { InvalidInputError } from '#platform/errors.ts';

import type { AudienceDefinition, Channel, RankBy } from './tables.ts';

/** At most `count` messages of any campaign, on any channel, to one customer within `days`. */
export interface Cap {
  readonly count: number;
  readonly days: number;
}

/** Customers to reach, the channel and the limits. */
export interface Audience extends AudienceDefinition {
  readonly channel: Channel;
  /** Purpose that consent is required for. */
  readonly purpose: string;
  readonly cap: Cap | null;
  /** Share held out as control group, 0 to 1. */
  readonly holdoutShare: number;
  readonly salt: string;
}

/** An audience as input: missing fields have defaults. */
export interface AudienceInput {
  readonly includeSegments?: readonly string[] | null | undefined;
  readonly excludeSegments?: readonly string[] | null | undefined;
  readonly rule?: string | null | undefined;
  readonly limit?: number | null | undefined;
  readonly rankBy?: RankBy | null | undefined;
  readonly channel?: Channel | null | undefined;
  readonly purpose?: string | null | undefined;
  readonly cap?: Cap | null | undefined;
  readonly holdoutShare?: number | null | undefined;
}

export function fillAudience(input: AudienceInput, salt: string): Audience {
  return {
    includeSegments: input.includeSegments ?? [],
    excludeSegments: input.excludeSegments ?? [],
    rule: input.rule ?? null,
    limit: input.limit ?? null,
    rankBy: input.rankBy ?? null,
    channel: input.channel ?? 'email',
    purpose: input.purpose ?? 'marketing',
    cap: input.cap ?? null,
    holdoutShare: input.holdoutShare ?? 0,
    salt,
  };
}

const MAX_SEGMENTS = 50;
const MAX_CAP_DAYS = 366;
const PURPOSE = /^[a-z0-9][a-z0-9_.-]{0,49}$/;

/** @throws {InvalidInputError} naming the first invalid value. */
export function checkAudience(audience: Audience, path = 'audience'): void {
  const refuse = (field: string, message: string): never => {
    throw new InvalidInputError(`${path}.${field}`, message);
  };
  for (const field of ['includeSegments', 'excludeSegments'] as const) {
    const { length } = audience[field];
    if (length > MAX_SEGMENTS) refuse(field, `expected at most ${MAX_SEGMENTS} segments, got ${length}`);
  }
  if (!PURPOSE.test(audience.purpose)) {
    refuse('purpose', 'expected 1 to 50 of a-z, 0-9, underscore, point or hyphen, such as marketing');
  }
  if (audience.limit !== null && !(audience.limit >= 1))
    refuse('limit', `expected at least 1, got ${audience.limit}`);
  if ((audience.limit === null) !== (audience.rankBy === null)) {
    refuse('rankBy', 'expected `limit` and `rankBy` together: a limit keeps those who rank highest');
  }
  if (!(audience.holdoutShare >= 0 && audience.holdoutShare <= 1)) {
    refuse('holdoutShare', `expected a share from 0 to 1, got ${audience.holdoutShare}`);
  }
  if (audience.cap === null) return;
  if (!(audience.cap.count >= 1))
    refuse('cap.count', `expected at least 1 message, got ${audience.cap.count}`);
  if (!(audience.cap.days >= 1 && audience.cap.days <= MAX_CAP_DAYS)) {
    refuse('cap.days', `expected 1 to ${MAX_CAP_DAYS} days, got ${audience.cap.days}`);
  }
}
