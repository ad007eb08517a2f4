/** What every method offers to training and to serving. Adding a method means writing one of these. */
import type { BasketHistory, Baskets } from '../algorithms/baskets.ts';
import type { History, Interactions } from '../algorithms/interactions.ts';
import type { ConnectedPerson } from '../algorithms/social.ts';
import type { IdIndex } from '../histories/id-index.ts';
import type { TopK } from '../serving/top-k.ts';

/** Name of a method, as it is stored and evaluated. */
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

/** Visits and other sessions: one basket each, whoever they belong to. */
export interface Sessions {
  readonly itemIndices: Uint32Array<ArrayBuffer>;
  /** Where the items of each session lie, sessions + 1. */
  readonly offsets: Uint32Array<ArrayBuffer>;
  /** When each began, ms since 1970. */
  readonly times: Float64Array<ArrayBuffer>;
  /** Customer of each as a row number, -1 for somebody without a purchase. */
  readonly userIndices: Int32Array<ArrayBuffer>;
}

/** People who have something in common, such as a segment. */
export interface CustomerGroup {
  readonly name: string;
  /** Ascending row numbers. */
  readonly userIndices: Uint32Array<ArrayBuffer>;
}

/** Who is connected with whom, each other person once. */
export interface SocialGraph {
  /** Where the ties of each customer lie, customers + 1. */
  readonly offsets: Uint32Array<ArrayBuffer>;
  /** Row numbers of the other people, all of them customers of the training. */
  readonly userIndices: Uint32Array<ArrayBuffer>;
  /** Kind of each as a position in `TIE_KINDS`. */
  readonly kinds: Uint8Array<ArrayBuffer>;
}

/** What all methods are trained on: row numbers stand for products and customers. */
export interface TrainingData {
  readonly interactions: Interactions;
  /** Per entry of `interactions` the last purchase before the day of the last one, ms since 1970; NaN where none was. */
  readonly beforeLastAt: Float64Array;
  /** 16 bytes per product and customer. */
  readonly productIds: Uint8Array<ArrayBuffer>;
  readonly customerIds: Uint8Array<ArrayBuffer>;
  /** Country of every customer as a position in `countryNames`, -1 where unknown. */
  readonly countries: Int32Array;
  readonly countryNames: readonly string[];
  /** Purchase days of every customer with what was bought and kept. */
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

/** A trained model as named typed arrays; the name's ending says the type: `.f32`, `.f64`, `.u32`, `.i32`, `.u8`, `.json`. */
export type ModelParts = Readonly<Record<string, PartArray>>;
export type PartArray =
  | Float32Array<ArrayBuffer>
  | Float64Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>;

/** Whom a recommendation is for. */
export interface UserQuery {
  readonly history: History;
  /** Null where nobody is known, such as for a basket. */
  readonly customerId: string | null;
  readonly country: string | null;
  readonly nowMs: number;
  /** Purchase days, worked out for the methods that ask for them; none where nobody is known. */
  readonly baskets?: () => BasketHistory;
  /** Names of the segments that the customer is in; looked up for people without a history alone. */
  readonly segments?: readonly string[];
  /** People connected with the customer, closest first, as of now; looked up where a method may ask for them. */
  readonly connected?: () => readonly ConnectedPerson[];
}

/** A part of a score and what it rests on. The weights of the parts of an item sum to its score. */
export type ScoreContribution =
  | { readonly kind: 'bought-together'; readonly weight: number; readonly itemIndex: number }
  /** Met in the same visits, bought or only looked at. */
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
  /** A word that the product shares with what was bought. */
  | { readonly kind: 'shared-keyword'; readonly weight: number; readonly keyword: string }
  /** Nearness within a network: its share of the score is an approximation. Null: nothing of the history is near. */
  | { readonly kind: 'resemblance'; readonly weight: number; readonly itemIndex: number | null }
  /** What any product gets, bought with nothing: the origin that scores are measured from. */
  | { readonly kind: 'baseline'; readonly weight: number };

/** A ranking that goes on as they are asked for. */
export type RankingSteps = Iterable<undefined>;

/** A model in memory. Works in its own row numbers of products; holds no state of a request. */
export interface Recommender {
  /**
   * Offers every item that it can say something for. What takes more than a few milliseconds for a large catalogue answers the
   * steps that it does so in, each of at most about 2 ms; without them all is done.
   */
  rank(visitor: UserQuery, top: TopK): RankingSteps | undefined;
  /**
   * The parts of the score that `rank` gave the item, most telling first.
   * @param most stop after so many, at least 1; all of them by default
   */
  explain(visitor: UserQuery, itemIndex: number, most?: number): readonly ScoreContribution[];
}

/** How a method is trained, stored and opened. */
export interface RecommenderKind<Opened extends Recommender = Recommender> {
  readonly algorithm: AlgorithmName;
  readonly hyperparameters: Readonly<Record<string, unknown>>;
  /**
   * Pure: the same data, hyper-parameters and seed give the same parts.
   * @param members models of the same training, for a method that joins others
   */
  train(
    data: TrainingData,
    hyperparameters: Readonly<Record<string, unknown>>,
    seed: number,
    members?: ReadonlyMap<AlgorithmName, ModelParts>,
  ): ModelParts;
  /** Further parts that serving looks up rather than works out; what a model answers is the same without them. */
  prepareServing?(parts: ModelParts, items: IdIndex): ModelParts;
  open(parts: ModelParts, items: IdIndex): Opened;
}

/** @throws {Error} the stored model lacks the part: it was written by another version of the program. */
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
