/** The interface of every method for training and serving. A new method implements it. */
import type { BasketHistory, Baskets } from '../algorithms/baskets.ts';
import type { History, Interactions } from '../algorithms/interactions.ts';
import type { ConnectedCustomer } from '../algorithms/social.ts';
import type { IdIndex } from '../histories/id-index.ts';
import type { TopK } from '../serving/top-k.ts';

/** Name of a method in storage and evaluation. */
export type AlgorithmName = (typeof ALGORITHM_NAMES)[number];

export const ALGORITHM_NAMES = [
  'popularity',
  'personal-frequency',
  'rebuy',
  'tifu-knn',
  'item-knn',
  'user-knn',
  'rp3beta',
  'ease',
  'edlae',
  'slim',
  'ials',
  'bpr',
  'session-knn',
  'content',
  'social',
  'mlp',
  'neumf',
  'blend',
] as const;

/** Sessions: one basket each, with or without a known customer. */
export interface Sessions {
  readonly itemIndices: Uint32Array<ArrayBuffer>;
  /** Offsets of the items of each session, sessions + 1. */
  readonly offsets: Uint32Array<ArrayBuffer>;
  /** Start of each, ms since 1970. */
  readonly times: Float64Array<ArrayBuffer>;
  /** User index of each, -1 for a customer without a purchase. */
  readonly userIndices: Int32Array<ArrayBuffer>;
}

/** A group of customers, such as a segment. */
export interface CustomerGroup {
  readonly name: string;
  /** Ascending user indexes. */
  readonly userIndices: Uint32Array<ArrayBuffer>;
}

/** Connections between customers, without duplicates. */
export interface SocialGraph {
  /** Offsets of the edges of each customer, customers + 1. */
  readonly offsets: Uint32Array<ArrayBuffer>;
  /** User indexes of the connected customers, all of them in the training. */
  readonly userIndices: Uint32Array<ArrayBuffer>;
  /** Kind of each as an index in `EDGE_KINDS`. */
  readonly kinds: Uint8Array<ArrayBuffer>;
}

/** The training data of all methods: indexes represent products and customers. */
export interface TrainingData {
  readonly interactions: Interactions;
  /** Per entry of `interactions` the last purchase before the day of the last one, ms since 1970; NaN without one. */
  readonly beforeLastAt: Float64Array;
  /** 16 bytes per product and customer. */
  readonly productIds: Uint8Array<ArrayBuffer>;
  readonly customerIds: Uint8Array<ArrayBuffer>;
  /** Country of every customer as an index in `countryNames`, -1 where unknown. */
  readonly countries: Int32Array;
  readonly countryNames: readonly string[];
  /** Purchase days of every customer with the kept purchases. */
  readonly baskets: Baskets;
  readonly sessions: Sessions;
  /** Name, brand, category and keywords per product. */
  readonly productTexts: readonly string[];
  readonly segments: readonly CustomerGroup[];
  readonly ties: SocialGraph;
  /** First and last purchase, ms since 1970. */
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * A trained model as named typed arrays; the suffix of the name is the type: `.f32`, `.f64`, `.u32`, `.i32`, `.u8`,
 * `.json`.
 */
export type ModelParts = Readonly<Record<string, PartArray>>;
export type PartArray =
  | Float32Array<ArrayBuffer>
  | Float64Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>;

/** The recipient of a recommendation. */
export interface UserQuery {
  readonly history: History;
  /** Null without a known customer, such as for a basket. */
  readonly customerId: string | null;
  readonly country: string | null;
  readonly nowMs: number;
  /** Purchase days, computed on demand; none without a known customer. */
  readonly baskets?: () => BasketHistory;
  /** Names of the customer's segments; read only for customers without a history. */
  readonly segments?: readonly string[];
  /** Connected customers, closest first, as of now; read only where a method may use them. */
  readonly connected?: () => readonly ConnectedCustomer[];
}

/** A contribution to a score with its evidence. The contributions of an item sum to its score. */
export type ScoreContribution =
  | { readonly kind: 'bought-together'; readonly weight: number; readonly itemIndex: number }
  /** In the same sessions, bought or viewed. */
  | { readonly kind: 'seen-together'; readonly weight: number; readonly itemIndex: number }
  | {
      readonly kind: 'repeat-purchase';
      readonly weight: number;
      readonly daysBought: number;
      readonly dayCount: number;
      readonly daysSinceLast: number;
    }
  | { readonly kind: 'repeat-rate'; readonly weight: number }
  | { readonly kind: 'similar-customers'; readonly weight: number; readonly customerCount: number }
  | { readonly kind: 'connected-customers'; readonly weight: number; readonly customerCount: number }
  | {
      readonly kind: 'popularity';
      readonly weight: number;
      readonly customerCount: number;
      readonly country: string | null;
      readonly segment?: string;
    }
  /** A word that the product shares with purchases. */
  | { readonly kind: 'shared-keyword'; readonly weight: number; readonly keyword: string }
  /** Nearness within a network: its share of the score is an approximation. Null: no item of the history is near. */
  | { readonly kind: 'resemblance'; readonly weight: number; readonly itemIndex: number | null }
  /** Intercept: the score of a product for an empty history. */
  | { readonly kind: 'baseline'; readonly weight: number };

/** A ranking in steps, which the reader drives. */
export type RankingSteps = Iterable<undefined>;

/** A model in memory. Works in its own row numbers of products; holds no state of a request. */
export interface Recommender {
  /**
   * Offers every item with evidence. A ranking that takes more than a few milliseconds for a large catalogue returns
   * its steps, each of at most about 2 ms; without steps it is complete.
   */
  rank(visitor: UserQuery, top: TopK): RankingSteps | undefined;
  /**
   * The contributions to the score that `rank` gave the item, largest first.
   * @param most maximum number, at least 1; all by default
   */
  explain(visitor: UserQuery, itemIndex: number, most?: number): readonly ScoreContribution[];
}

/** Training, storage and loading of a method. */
export interface RecommenderKind<Opened extends Recommender = Recommender> {
  readonly algorithm: AlgorithmName;
  readonly hyperparameters: Readonly<Record<string, unknown>>;
  /**
   * Pure: equal data, hyper-parameters and seed give equal parts.
   * @param members models of the same training, for a blend
   */
  train(
    data: TrainingData,
    hyperparameters: Readonly<Record<string, unknown>>,
    seed: number,
    members?: ReadonlyMap<AlgorithmName, ModelParts>,
  ): ModelParts;
  /** Further parts that serving looks up instead of computing; the model's results are the same without them. */
  prepareServing?(parts: ModelParts, items: IdIndex): ModelParts;
  open(parts: ModelParts, items: IdIndex): Opened;
}

/** @throws {Error} the stored model lacks the part: another version of the program wrote it. */
export function takePart<T extends PartArray>(
  parts: ModelParts,
  name: string,
  type: abstract new (...args: never[]) => T,
): T {
  const part = parts[name];
  if (part instanceof type) return part;
  throw new Error(`The stored model has no part ${name}; train it again.`);
}

export function encodeJson(value: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(value));
}

export function decodeJson(parts: ModelParts, name: string): unknown {
  return JSON.parse(new TextDecoder().decode(takePart(parts, name, Uint8Array)));
}
