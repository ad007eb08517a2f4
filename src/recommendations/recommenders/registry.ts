/** All methods by name, with their purpose and cost. */
import { blend } from './blend.ts';
import { bpr } from './bpr.ts';
import { content } from './content.ts';
import { ease, edlae } from './ease.ts';
import { ials } from './ials.ts';
import { itemKnn } from './item-knn.ts';
import { rp3beta, slim } from './linear.ts';
import { mlp, neumf } from './neural.ts';
import { personalFrequency } from './personal-frequency.ts';
import { popularity } from './popularity.ts';
import { rebuy } from './rebuy.ts';
import type { AlgorithmName, RecommenderKind } from './recommender.ts';
import { sessionKnn } from './session-knn.ts';
import { social } from './social.ts';
import { tifuKnn } from './tifu-knn.ts';
import { userKnn } from './user-knn.ts';

/** Size of a model's training data. */
export interface ModelSize {
  readonly customerCount: number;
  readonly productCount: number;
}

export interface Method {
  readonly kind: RecommenderKind;
  /** The list that it is measured for and may become the default of. */
  readonly list: 'rebuy' | 'discover';
  /** Approximate number of multiplications per list. */
  readonly operations: (size: ModelSize) => number;
  /** Trained by default. */
  readonly isQuick: boolean;
}

/** Products in the history of a frequent customer. */
const HISTORY = 30;

/** Rows of a sparse matrix, or only the history: independent of the size. */
const fewRows = (): number => 100 * HISTORY;
const everyCustomer = ({ customerCount }: ModelSize): number => 5 * customerCount;
const everyProduct =
  (times: number) =>
  ({ productCount }: ModelSize): number =>
    times * productCount;
const manySessions = (): number => 500_000;
/** Highest acceptable cost of a list because of its reads: at equal quality another method is preferred. */
const connectedCustomers = (): number => 200_000;

/** In the order of training: a blend comes after its members. */
export const methods: readonly Method[] = [
  { kind: popularity, list: 'discover', operations: fewRows, isQuick: true },
  { kind: rebuy, list: 'rebuy', operations: fewRows, isQuick: true },
  { kind: personalFrequency, list: 'rebuy', operations: fewRows, isQuick: true },
  { kind: tifuKnn, list: 'rebuy', operations: everyCustomer, isQuick: true },
  { kind: itemKnn, list: 'discover', operations: fewRows, isQuick: true },
  { kind: userKnn, list: 'discover', operations: everyCustomer, isQuick: true },
  { kind: rp3beta, list: 'discover', operations: fewRows, isQuick: true },
  { kind: ease, list: 'discover', operations: everyProduct(HISTORY), isQuick: true },
  { kind: edlae, list: 'discover', operations: everyProduct(HISTORY), isQuick: false },
  { kind: slim, list: 'discover', operations: fewRows, isQuick: false },
  { kind: ials, list: 'discover', operations: everyProduct(64), isQuick: true },
  { kind: bpr, list: 'discover', operations: everyProduct(64), isQuick: false },
  { kind: sessionKnn, list: 'discover', operations: manySessions, isQuick: true },
  { kind: content, list: 'discover', operations: everyProduct(1), isQuick: true },
  { kind: social, list: 'discover', operations: connectedCustomers, isQuick: true },
  { kind: mlp, list: 'discover', operations: everyProduct(600), isQuick: false },
  { kind: neumf, list: 'discover', operations: everyProduct(700), isQuick: false },
  { kind: blend, list: 'discover', operations: everyProduct(150), isQuick: true },
];

export function findMethod(algorithm: AlgorithmName): Method {
  const method = methods.find(({ kind }) => kind.algorithm === algorithm);
  if (method === undefined) throw new Error(`There is no method ${algorithm}.`);
  return method;
}
