/** Settings of a look-alike as stored, and the report of its computation. */
import { InvalidInputError } from '#platform/errors.ts';

import { MAX_TRAITS } from '../clusters/settings.ts';
import type { TraitPreparation } from '../clusters/preparation.ts';

export const lookAlikeMethods = ['similarity', 'classifier'] as const;
export type LookAlikeMethod = (typeof lookAlikeMethods)[number];

export interface LookAlikeSettings {
  /** Names of number and money attributes of the rule language. */
  readonly traits: readonly string[];
  /** Rule that selects the customers to rank; seeds need not match it. */
  readonly filter: string;
  /** Null takes the method with the better held-out result. */
  readonly method: LookAlikeMethod | null;
  readonly seed: number;
}

export const lookAlikeDefaults: Omit<LookAlikeSettings, 'traits'> = {
  filter: 'everyone',
  method: null,
  seed: 1,
};

/** Held-out seeds within a share of the ranking. */
export interface LiftAtSize {
  /** Share of the ranking, 0 to 1. */
  readonly share: number;
  readonly people: number;
  /** Held-out seeds among them. */
  readonly found: number;
  /** Of all held-out seeds, 0 to 1. */
  readonly recall: number;
  /** Ratio to a random sample of the same size. */
  readonly lift: number;
}

export interface MethodReport {
  readonly method: LookAlikeMethod;
  /** Every seed was held out in one of the folds. */
  readonly lifts: readonly LiftAtSize[];
  /** Probability that a held-out seed ranks before another customer, 0.5 by chance. */
  readonly areaUnderCurve: number;
}

export interface LookAlikeReport {
  readonly seedCount: number;
  readonly candidateCount: number;
  /** The method of the ranking. */
  readonly method: LookAlikeMethod;
  readonly methods: readonly MethodReport[];
  readonly foldCount: number;
  readonly preparations: readonly TraitPreparation[];
  /** Change of the log odds per standard deviation of each trait, by the classifier; strongest first. */
  readonly weights: readonly { readonly trait: string; readonly weight: number }[];
}

/** @throws {InvalidInputError} a value is out of its range */
export function checkSettings({ traits }: LookAlikeSettings): void {
  if (traits.length < 1 || traits.length > MAX_TRAITS) {
    throw new InvalidInputError('traits', `expected 1 to ${MAX_TRAITS} traits, got ${traits.length}`);
  }
  if (new Set(traits).size < traits.length) throw new InvalidInputError('traits', 'expected each trait once');
}
