/** Which methods a training takes on, with which settings: by what was asked for and the size of the data. */
import { chooseBySize } from './algorithms/choose.ts';
import { UnfitMethodError } from './errors.ts';
import { BLENDED } from './recommenders/blend.ts';
import type { AlgorithmName } from './recommenders/recommender.ts';
import { findMethod, methods } from './recommenders/registry.ts';

export interface DataSize {
  /** Products that somebody has bought. */
  readonly itemCount: number;
  readonly interactionCount: number;
  readonly sessionCount: number;
}

export interface PlannedMethod {
  readonly algorithm: AlgorithmName;
  readonly hyperparameters: Readonly<Record<string, unknown>>;
  /** What the size of the data decided, in sentences. */
  readonly notes: readonly string[];
}

/** Fewer visits say nothing that purchases do not. */
const FEWEST_SESSIONS = 100;
/** A blend holds its members itself: beyond this, EASE would be stored twice at 64 MB and more. */
const BLENDED_EASE_ITEMS = 4000;
/** Beyond, a training of 64 factors takes over a minute on one core, and is done twice. */
const LARGE_INTERACTIONS = 1_000_000;
/** So few products have no use for 64 factors. */
const SMALL_ITEMS = 1000;
const FEW_FACTORS = { factorCount: 32, epochs: 6 };

/**
 * @param asked null takes those that are quick to train
 * @param settings instead of the defaults, by method
 * @throws {UnfitMethodError} a method was asked for that cannot be trained on so much
 */
export function planTraining(
  size: DataSize,
  asked: readonly AlgorithmName[] | null,
  settings: Partial<Record<AlgorithmName, Readonly<Record<string, unknown>>>>,
): readonly PlannedMethod[] {
  const wanted =
    asked === null ? null : new Set([...asked, ...(asked.includes('blend') ? blendable(size) : [])]);
  const fits = new Map(
    chooseBySize(size.itemCount, size.interactionCount).map((choice) => [choice.algorithm, choice]),
  );
  return methods.flatMap(({ kind: { algorithm }, isQuick }): PlannedMethod[] => {
    if (wanted === null ? !isQuick || isLeftOut(algorithm, size) : !wanted.has(algorithm)) return [];
    const fit = fits.get(algorithm);
    if (fit?.isFit === false) throw new UnfitMethodError(algorithm, fit.reason);
    return [{ algorithm, ...settle(algorithm, size, fit?.reason), ...override(settings[algorithm]) }];
  });
}

function isLeftOut(algorithm: AlgorithmName, { sessionCount }: DataSize): boolean {
  return algorithm === 'session-knn' && sessionCount < FEWEST_SESSIONS;
}

function blendable({ itemCount }: DataSize): readonly AlgorithmName[] {
  return BLENDED.map(({ algorithm }) => algorithm).filter(
    (algorithm) => algorithm !== 'ease' || itemCount <= BLENDED_EASE_ITEMS,
  );
}

function settle(
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
