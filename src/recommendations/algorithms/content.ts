/** Content-based scores: similarity between the words of an item and the words of the customer's items. */

import { type SparseMatrix, sparseFromTriples, transpose } from '#numeric/sparse.ts';
import { type History } from './interactions.ts';

export type ContentParameters = {
  readonly weighting: 'tf-idf' | 'bm25';
  /** BM25: saturation of repeated words, and length normalisation. */
  readonly saturation: number;
  readonly lengthCorrection: number;
};

export const CONTENT_DEFAULTS: ContentParameters = {
  weighting: 'tf-idf',
  saturation: 1.2,
  lengthCorrection: 0.75,
};

export type ContentModel = {
  /** Word of every column. */
  readonly words: readonly string[];
  /** items × words: the weight of a word in an item. */
  readonly byItem: SparseMatrix;
  readonly byWord: SparseMatrix;
};

export type KeywordPart = { readonly word: string; readonly value: number };

/**
 * @param texts name, brand, categories and keywords of every item; words of one field may be marked by a prefix such as
 * `brand:`, so that they match only each other
 */
export function trainContent(texts: readonly string[], parameters: ContentParameters): ContentModel {
  const words: string[] = [];
  const indexOf = new Map<string, number>();
  const rows: number[] = [];
  const columns: number[] = [];
  for (const [item, text] of texts.entries()) {
    for (const word of splitWords(text)) {
      if (!indexOf.has(word)) indexOf.set(word, words.push(word) - 1);
      rows.push(item);
      columns.push(indexOf.get(word)!);
    }
  }
  const counts = sparseFromTriples(
    texts.length,
    words.length,
    rows,
    columns,
    new Float32Array(rows.length).fill(1),
  );
  const byItem = parameters.weighting === 'bm25' ? weightBm25(counts, parameters) : weightTfIdf(counts);
  return { words, byItem, byWord: transpose(byItem) };
}

/** score_j = sum over words k of w_k · p_jk, w the customer's words and p the item's. */
export function scoreContent(model: ContentModel, history: History): Float64Array {
  const { byWord } = model;
  const scores = new Float64Array(model.byItem.rowCount);
  for (const [word, weight] of profileOf(model, history)) {
    for (let slot = byWord.offsets[word]!; slot < byWord.offsets[word + 1]!; slot += 1) {
      scores[byWord.columns[slot]!]! += weight * byWord.values[slot]!;
    }
  }
  return scores;
}

/** Contribution of each word, strongest first: they sum to the score. */
export function explainContent(
  model: ContentModel,
  history: History,
  itemIndex: number,
): readonly KeywordPart[] {
  const { byItem, words } = model;
  const profile = profileOf(model, history);
  const parts: KeywordPart[] = [];
  for (let slot = byItem.offsets[itemIndex]!; slot < byItem.offsets[itemIndex + 1]!; slot += 1) {
    const weight = profile.get(byItem.columns[slot]!);
    if (weight) parts.push({ word: words[byItem.columns[slot]!]!, value: weight * byItem.values[slot]! });
  }
  return parts.toSorted((left, right) => right.value - left.value);
}

/** The customer's words: the mean of the items' words by the items' weights. */
function profileOf({ byItem }: ContentModel, history: History): Map<number, number> {
  const profile = new Map<number, number>();
  let total = 0;
  for (const weight of history.weights) total += weight;
  for (let entry = 0; entry < history.itemIndices.length; entry += 1) {
    const item = history.itemIndices[entry]!;
    const weight = history.weights[entry]! / total;
    for (let slot = byItem.offsets[item]!; slot < byItem.offsets[item + 1]!; slot += 1) {
      const word = byItem.columns[slot]!;
      profile.set(word, (profile.get(word) ?? 0) + weight * byItem.values[slot]!);
    }
  }
  return profile;
}

function splitWords(text: string): readonly string[] {
  return text.toLowerCase().match(/[\p{Letter}\p{Number}:]{2,}/gu) ?? [];
}

/** (1 + ln count) · ln(items / items with the word), every item scaled to length 1. */
function weightTfIdf(counts: SparseMatrix): SparseMatrix {
  const frequencies = documentFrequencies(counts);
  const values = counts.values.slice();
  for (let item = 0; item < counts.rowCount; item += 1) {
    let square = 0;
    for (let slot = counts.offsets[item]!; slot < counts.offsets[item + 1]!; slot += 1) {
      values[slot] =
        (1 + Math.log(values[slot]!)) * Math.log(counts.rowCount / frequencies[counts.columns[slot]!]!);
      square += values[slot]! ** 2;
    }
    const norm = Math.sqrt(square) || 1;
    for (let slot = counts.offsets[item]!; slot < counts.offsets[item + 1]!; slot += 1) values[slot]! /= norm;
  }
  return { ...counts, values };
}

/** Okapi BM25 with a non-negative idf (Robertson and Zaragoza 2009). */
function weightBm25(counts: SparseMatrix, { saturation, lengthCorrection }: ContentParameters): SparseMatrix {
  const frequencies = documentFrequencies(counts);
  const values = counts.values.slice();
  const meanLength = counts.values.reduce((sum, count) => sum + count, 0) / counts.rowCount;
  for (let item = 0; item < counts.rowCount; item += 1) {
    const start = counts.offsets[item]!;
    const end = counts.offsets[item + 1]!;
    const length = counts.values.subarray(start, end).reduce((sum, count) => sum + count, 0);
    const damping = saturation * (1 - lengthCorrection + (lengthCorrection * length) / meanLength);
    for (let slot = start; slot < end; slot += 1) {
      const frequency = frequencies[counts.columns[slot]!]!;
      const idf = Math.log(1 + (counts.rowCount - frequency + 0.5) / (frequency + 0.5));
      values[slot] = (idf * values[slot]! * (saturation + 1)) / (values[slot]! + damping);
    }
  }
  return { ...counts, values };
}

function documentFrequencies(counts: SparseMatrix): Float64Array {
  const frequencies = new Float64Array(counts.columnCount);
  for (const word of counts.columns) frequencies[word]! += 1;
  return frequencies;
}
