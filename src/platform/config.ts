/** Settings from the environment: the only reader of `process.env`. */
import { z } from 'zod';

const flag = z.enum(['true', 'false', '1', '0']).transform((text) => text === 'true' || text === '1');
const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);

/** Longer timers of the runtime fire at once; it is the limit of Postgres too. */
const MAX_TIMER_MS = 2_147_483_647;
const identityKinds = ['external', 'email', 'phone', 'anonymous'] as const;
/** `email=5,phone=5`: maximum number of values of a kind; kinds that are not given keep their default. */
const identityLimits = z
  .string()
  .regex(
    /^((external|email|phone|anonymous)=[1-9]\d{0,5}(,|$))*$/,
    'expected kind=count, such as email=5,anonymous=100, of the kinds external, email, phone, anonymous',
  )
  .transform((text) =>
    Object.fromEntries(
      text
        .split(',')
        .filter(Boolean)
        .map((part) => {
          const [kind, count] = part.split('=');
          return [kind, Number(count)];
        }),
    ),
  );
const identityPriority = list.pipe(
  z
    .array(z.enum(identityKinds))
    .refine(
      (kinds) => kinds.length === identityKinds.length && new Set(kinds).size === kinds.length,
      `expected each of ${identityKinds.join(', ')} once, strongest first`,
    ),
);

const environment = z.object({
  NODE_ENV: z.string().default('development'),
  HOST: z.string().default('127.0.0.1'),
  PORT: z.coerce.number().int().min(0).max(65_535).default(4000),
  DATA_DIR: z.string().default('.c360'),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  DATABASE_POOL_SIZE: z.coerce.number().int().min(1).max(1000).default(10),
  STATEMENT_TIMEOUT_MS: z.coerce.number().int().min(0).max(MAX_TIMER_MS).default(15_000),
  MAX_BODY_BYTES: z.coerce.number().int().min(1_000).default(4_000_000),
  REQUEST_TIMEOUT_MS: z.coerce.number().int().min(1).max(MAX_TIMER_MS).default(20_000),
  CALLER_CONCURRENCY: z.coerce.number().int().min(1).max(10_000).default(64),
  CALLER_QUEUE: z.coerce.number().int().min(0).max(100_000).default(256),
  QUEUE_TIMEOUT_MS: z.coerce.number().int().min(1).max(MAX_TIMER_MS).default(5_000),
  CALLER_SUBSCRIPTIONS: z.coerce.number().int().min(0).max(100_000).default(100),
  SLOW_READER_MS: z.coerce.number().int().min(100).max(MAX_TIMER_MS).default(30_000),
  WORKERS: z.coerce.number().int().min(1).max(64).default(1),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  CURRENCY: z
    .string()
    .regex(/^[A-Z]{3}$/, 'expected an ISO 4217 code such as GBP')
    .default('GBP'),
  CORS_ORIGINS: list.default([]),
  CONTACT_KEYS: z.string().optional(),
  CONTACT_INDEX_KEY: z.string().optional(),
  JWKS_URL: z.url({ protocol: /^https?$/ }).optional(),
  JWT_ISSUER: z.string().optional(),
  JWT_AUDIENCE: z.string().optional(),
  GRAPHIQL: flag.optional(),
  IDENTITY_PRIORITY: identityPriority.default([...identityKinds]),
  IDENTITY_LIMITS: identityLimits.default({}),
  IDENTITY_PLACEHOLDERS: list.default([]),
  MAX_DEPTH: z.coerce.number().int().min(1).default(12),
  MAX_COMPLEXITY: z.coerce.number().int().min(1).default(50_000),
  MAX_ALIASES: z.coerce.number().int().min(0).default(100),
  MAX_TOKENS: z.coerce.number().int().min(1).default(5_000),
  CHANGE_RETENTION_DAYS: z.coerce.number().int().min(1).max(3_650).default(30),
  TRACKING_DEDUPE_DAYS: z.coerce.number().int().min(1).max(3650).default(30),
  TRACKING_REJECT_DAYS: z.coerce.number().int().min(1).max(3650).default(30),
  TRACKING_MAX_BACKLOG: z.coerce.number().int().min(1).default(200_000),
  TRACKING_LOCATION: z.enum(['none', 'country', 'region']).default('country'),
  WEBHOOK_PRIVATE_HOSTS: list.default([]),
  RECOMMENDATION_SAMPLE: z.coerce.number().min(0).max(1).default(0),
});

type IdentityKind = (typeof identityKinds)[number];

export interface Config {
  readonly isProduction: boolean;
  readonly host: string;
  readonly port: number;
  /** Folder of the embedded database, the demo key and the generated contact-data keys. */
  readonly dataDir: string;
  /** Null runs the embedded database. */
  readonly databaseUrl: string | null;
  readonly databasePoolSize: number;
  readonly statementTimeoutMs: number;
  readonly requestTimeoutMs: number;
  /** Maximum number of requests of one caller that run at a time, and that wait. */
  readonly callerConcurrency: number;
  readonly callerQueue: number;
  /** Maximum number of open subscriptions of one caller, in each process. */
  readonly callerSubscriptions: number;
  /** A subscriber that reads nothing for this long, while events wait, is dropped. */
  readonly slowReaderMs: number;
  /** Maximum time that a request waits for others of its caller. */
  readonly queueTimeoutMs: number;
  /** Maximum length of a request body. */
  readonly maxBodyBytes: number;
  readonly workers: number;
  readonly logLevel: string;
  /** ISO 4217 code of all money. */
  readonly currency: string;
  readonly corsOrigins: readonly string[];
  /** `id:base64` pairs of 32-byte keys, comma-separated, newest first; null generates one outside production. */
  readonly contactKeys: string | null;
  /** Base64 of the 32-byte key of the blind index; null generates one outside production. */
  readonly contactIndexKey: string | null;
  readonly jwt: {
    readonly jwksUrl: string;
    readonly issuer: string | null;
    readonly audience: string | null;
  } | null;
  /** How identities are ranked, see `customers/identity-policy.ts`. */
  readonly identities: {
    /** Strongest first. */
    readonly priority: readonly IdentityKind[];
    readonly limits: Readonly<Record<IdentityKind, number>>;
    /** More values that identify no customer. */
    readonly placeholders: readonly string[];
  };
  readonly graphiql: boolean;
  readonly tracking: {
    /** How long a message id of a source is known again. */
    readonly dedupeDays: number;
    /** How long messages that could not be used are kept. */
    readonly rejectDays: number;
    /** Maximum number of waiting messages before senders must slow down. */
    readonly maxBacklog: number;
    /** The stored precision of locations. */
    readonly location: 'none' | 'country' | 'region';
  };
  readonly limits: {
    readonly depth: number;
    readonly complexity: number;
    readonly aliases: number;
    readonly tokens: number;
  };
  /** How long entries of the change log are kept. */
  readonly changeRetentionDays: number;
  /** Hosts of webhooks that may have private addresses, and may be called without TLS. */
  readonly webhookPrivateHosts: readonly string[];
  /** Share of recommendation lists whose impressions are recorded, 0 to 1. */
  readonly recommendationSample: number;
}

/** An invalid setting; the message contains its name and the expected value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** @throws {ConfigError} naming every invalid setting. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const filled = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = environment.safeParse(filled);
  if (!parsed.success) {
    throw new ConfigError(
      parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '),
    );
  }
  const settings = parsed.data;
  const isProduction = settings.NODE_ENV === 'production';
  return {
    isProduction,
    host: settings.HOST,
    port: settings.PORT,
    dataDir: settings.DATA_DIR,
    databaseUrl: settings.DATABASE_URL ?? null,
    databasePoolSize: settings.DATABASE_POOL_SIZE,
    statementTimeoutMs: settings.STATEMENT_TIMEOUT_MS,
    requestTimeoutMs: settings.REQUEST_TIMEOUT_MS,
    callerConcurrency: settings.CALLER_CONCURRENCY,
    callerQueue: settings.CALLER_QUEUE,
    callerSubscriptions: settings.CALLER_SUBSCRIPTIONS,
    slowReaderMs: settings.SLOW_READER_MS,
    queueTimeoutMs: settings.QUEUE_TIMEOUT_MS,
    maxBodyBytes: settings.MAX_BODY_BYTES,
    workers: settings.WORKERS,
    logLevel: settings.LOG_LEVEL,
    currency: settings.CURRENCY,
    corsOrigins: settings.CORS_ORIGINS,
    contactKeys: settings.CONTACT_KEYS ?? null,
    contactIndexKey: settings.CONTACT_INDEX_KEY ?? null,
    jwt:
      settings.JWKS_URL === undefined
        ? null
        : {
            jwksUrl: settings.JWKS_URL,
            issuer: settings.JWT_ISSUER ?? null,
            audience: settings.JWT_AUDIENCE ?? null,
          },
    identities: {
      priority: settings.IDENTITY_PRIORITY,
      limits: { external: 1, email: 20, phone: 20, anonymous: 500, ...settings.IDENTITY_LIMITS },
      placeholders: settings.IDENTITY_PLACEHOLDERS,
    },
    graphiql: settings.GRAPHIQL ?? !isProduction,
    tracking: {
      dedupeDays: settings.TRACKING_DEDUPE_DAYS,
      rejectDays: settings.TRACKING_REJECT_DAYS,
      maxBacklog: settings.TRACKING_MAX_BACKLOG,
      location: settings.TRACKING_LOCATION,
    },
    limits: {
      depth: settings.MAX_DEPTH,
      complexity: settings.MAX_COMPLEXITY,
      aliases: settings.MAX_ALIASES,
      tokens: settings.MAX_TOKENS,
    },
    webhookPrivateHosts: settings.WEBHOOK_PRIVATE_HOSTS,
    changeRetentionDays: settings.CHANGE_RETENTION_DAYS,
    recommendationSample: settings.RECOMMENDATION_SAMPLE,
  };
}
