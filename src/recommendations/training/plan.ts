/** Methods and settings of a training: by the request and the size of the data. */
import { chooseBySize } from '../algorithms/choose.ts';
import { UnfitMethodError } from '../errors.ts';
import { BLENDED } from '../recommenders/blend.ts';
import type { AlgorithmName } from '../recommenders/recommender.ts';
import { findMethod, methods } from '../recommenders/registry.ts';

export interface DataSize {
  /** Number of products with a purchase. */
  readonly itemCount: number;
  readonly interactionCount: number;
  readonly sessionCount: number;
  readonly tieCount: number;
}

export interface PlannedMethod {
  readonly algorithm: AlgorithmName;
  readonly hyperparameters: Readonly<Record<string, unknown>>;
  /** Decisions by the size of the data, in sentences. */
  readonly notes: readonly string[];
}

export interface LeftOut {
  readonly algorithm: AlgorithmName;
  readonly reason: string;
}

export interface Plan {
  readonly methods: readonly PlannedMethod[];
  /** Methods that were not requested by name and do not fit. */
  readonly leftOut: readonly LeftOut[];
}

/** Fewer sessions add nothing to the purchases. */
const MIN_SESSIONS = 100;
/** Above this EASE takes over 100 MB and is too slow for a page: only on request. */
const QUICK_EASE_ITEMS = 5000;
/** A blend contains its members: EASE is then stored twice. */
const BLENDED_EASE_ITEMS = 4000;
/** Above this, a training of 64 factors takes over a minute on one core, and runs twice. */
const LARGE_INTERACTIONS = 1_000_000;
/** For fewer products 64 factors are not useful. */
const SMALL_ITEMS = 1000;
const FEW_FACTORS = { factorCount: 32, epochs: 6 };

/**
 * @param asked null takes those that are quick to train, and the defaults of lists
 * @param leading current defaults of lists, which would become outdated
 * @param settings in place of the defaults, by method
 * @throws {UnfitMethodError} a requested method cannot be trained on data of this size
 */
export function planTraining(
  size: DataSize,
  asked: readonly AlgorithmName[] | null,
  leading: readonly AlgorithmName[],
  settings: Partial<Record<AlgorithmName, Readonly<Record<string, unknown>>>>,
): Plan {
  const quick = methods.filter(({ isQuick }) => isQuick).map(({ kind }) => kind.algorithm);
  const wanted = new Set(asked ?? [...quick, ...leading]);
  if (asked?.includes('blend')) for (const member of blendable(size)) wanted.add(member);
  const fits = new Map(
    chooseBySize(size.itemCount, size.interactionCount).map((choice) => [choice.algorithm, choice]),
  );
  const planned: PlannedMethod[] = [];
  const leftOut: LeftOut[] = [];
  for (const { algorithm } of methods.map(({ kind }) => kind)) {
    if (!wanted.has(algorithm)) continue;
    const fit = fits.get(algorithm);
    if (fit?.isFit === false && asked !== null) throw new UnfitMethodError(algorithm, fit.reason);
    const obstacle = fit?.isFit === false ? fit.reason : findObstacle(algorithm, size);
    const reason = asked === null ? obstacle : null;
    if (reason !== null) leftOut.push({ algorithm, reason });
    else
      planned.push({
        algorithm,
        ...chooseHyperparameters(algorithm, size, fit?.reason),
        ...override(settings[algorithm]),
      });
  }
  return { methods: planned, leftOut };
}

/** Why a method is trained only on request; null where it is trained. */
function findObstacle(algorithm: AlgorithmName, { itemCount, sessionCount }: DataSize): string | null {
  if (algorithm === 'session-knn' && sessionCount < MIN_SESSIONS)
    return `${sessionCount} visits with two products, fewer than ${MIN_SESSIONS}`;
  if (algorithm === 'ease' && itemCount > QUICK_EASE_ITEMS)
    return `${itemCount} products, more than ${QUICK_EASE_ITEMS}`;
  return null;
}

function blendable({ itemCount }: DataSize): readonly AlgorithmName[] {
  return BLENDED.map(({ algorithm }) => algorithm).filter(
    (algorithm) => algorithm !== 'ease' || itemCount <= BLENDED_EASE_ITEMS,
  );
}

function chooseHyperparameters(
  algorithm: AlgorithmName,
  size: DataSize,
  fitReason: string | undefined,
): Omit<PlannedMethod, 'algorithm'> {
  const { hyperparameters } = findMethod(algorithm).kind;
  const isExtreme = size.interactionCount > LARGE_INTERACTIONS || size.itemCount < SMALL_ITEMS;
  if (algorithm === 'ials' && isExtreme) {
    const { itemCount, interactionCount } = size;
    const { factorCount, epochs } = FEW_FACTORS;
    return {
      hyperparameters: { ...hyperparameters, ...FEW_FACTORS },
      notes: [
        `Chosen by size: ${itemCount} products, ${interactionCount} pairs: ${factorCount} factors, ${epochs} epochs.`,
      ],
    };
  }
  if (algorithm === 'social' && size.tieCount === 0) {
    return { hyperparameters, notes: ['There are no connections yet: it has no results.'] };
  }
  if (algorithm === 'blend') {
    const members = blendable(size).filter((member) => member !== 'content');
    const weights = Object.fromEntries(members.map((member) => [member, 1 / members.length]));
    return {
      hyperparameters: { ...hyperparameters, weights },
      notes: members.includes('ease') ? [] : [`${size.itemCount} products: EASE is no member.`],
    };
  }
  return { hyperparameters, notes: fitReason === undefined ? [] : [`Chosen by size: ${fitReason}.`] };
}

function override(
  hyperparameters: Readonly<Record<string, unknown>> | undefined,
): Partial<Omit<PlannedMethod, 'algorithm'>> {
  return hyperparameters === undefined ? {} : { hyperparameters, notes: [] };
}
