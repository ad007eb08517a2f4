/** Which methods a training takes on, with which settings: by what was asked for and the size of the data. */
import { chooseBySize } from '../algorithms/choose.ts';
import { UnfitMethodError } from '../errors.ts';
import { BLENDED } from '../recommenders/blend.ts';
import type { AlgorithmName } from '../recommenders/recommender.ts';
import { findMethod, methods } from '../recommenders/registry.ts';

export interface DataSize {
  /** Products that somebody has bought. */
  readonly itemCount: number;
  readonly interactionCount: number;
  readonly sessionCount: number;
  readonly tieCount: number;
}

export interface PlannedMethod {
  readonly algorithm: AlgorithmName;
  readonly hyperparameters: Readonly<Record<string, unknown>>;
  /** What the size of the data decided, in sentences. */
  readonly notes: readonly string[];
}

export interface LeftOut {
  readonly algorithm: AlgorithmName;
  readonly reason: string;
}

export interface Plan {
  readonly methods: readonly PlannedMethod[];
  /** Methods that nobody asked for by name, and that do not fit. */
  readonly leftOut: readonly LeftOut[];
}

/** Fewer visits say nothing that purchases do not. */
const MIN_SESSIONS = 100;
/** Beyond this EASE weighs over 100 MB and takes too long for a page: only where it is asked for. */
const QUICK_EASE_ITEMS = 5000;
/** A blend holds its members itself: EASE is then stored twice. */
const BLENDED_EASE_ITEMS = 4000;
/** Beyond, a training of 64 factors takes over a minute on one core, and is done twice. */
const LARGE_INTERACTIONS = 1_000_000;
/** So few products have no use for 64 factors. */
const SMALL_ITEMS = 1000;
const FEW_FACTORS = { factorCount: 32, epochs: 6 };

/**
 * @param asked null takes those that are quick to train, and those that lists take
 * @param leading methods that lists take now: left alone they would grow old
 * @param settings instead of the defaults, by method
 * @throws {UnfitMethodError} a method was asked for that cannot be trained on so much
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

/** Why a method is not trained unless somebody asks for it; null where it is. */
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
    return { hyperparameters, notes: ['Nobody is connected yet: it answers nothing.'] };
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
