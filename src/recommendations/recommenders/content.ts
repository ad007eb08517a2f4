/** Content as a recommender: products with the words of the customer's purchases, with or without buyers. */
import {
  CONTENT_DEFAULTS,
  type ContentModel,
  type ContentParameters,
  explainContent,
  scoreContent,
  trainContent,
} from '../algorithms/content.ts';
import { rankPositive } from './dense-scores.ts';
import { decodeJson, encodeJson, type RecommenderKind } from './recommender.ts';
import { storeMatrix, takeMatrix } from './stored-matrix.ts';

export const content: RecommenderKind = {
  algorithm: 'content',
  hyperparameters: { ...CONTENT_DEFAULTS },
  train({ productTexts }, hyperparameters) {
    const { words, byItem, byWord } = trainContent(productTexts, hyperparameters as ContentParameters);
    return {
      'words.json': encodeJson(words),
      ...storeMatrix('by-item', byItem),
      ...storeMatrix('by-word', byWord),
    };
  },
  open(parts, items) {
    const words = decodeJson(parts, 'words.json') as readonly string[];
    const model: ContentModel = {
      words,
      byItem: takeMatrix(parts, 'by-item', words.length),
      byWord: takeMatrix(parts, 'by-word', items.count),
    };
    return {
      rank({ history }, top) {
        if (history.itemIndices.length > 0) rankPositive(scoreContent(model, history), top);
      },
      explain: ({ history }, itemIndex) =>
        explainContent(model, history, itemIndex).map(({ word, value }) => ({
          kind: 'shared-keyword',
          weight: value,
          // Words of one field are marked by it: `brand:`.
          keyword: word.slice(word.indexOf(':') + 1),
        })),
    };
  },
};
