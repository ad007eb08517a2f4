/** Purchases of connected customers, as a recommender. No training: it reads current connections and purchases. */
import {
  gatherSocial,
  SOCIAL_DEFAULTS,
  type SocialEvidence,
  type SocialParameters,
} from '../algorithms/social.ts';
import { decodeJson, encodeJson, type RecommenderKind, type UserQuery } from './recommender.ts';

export const social: RecommenderKind = {
  algorithm: 'social',
  hyperparameters: SOCIAL_DEFAULTS,
  train: (_, hyperparameters) => ({ 'settings.json': encodeJson(hyperparameters) }),
  open(parts) {
    const parameters = decodeJson(parts, 'settings.json') as SocialParameters;
    // The reasons of a list need the same customers as the list itself.
    const known = new WeakMap<UserQuery, ReadonlyMap<number, SocialEvidence>>();

    function gather(visitor: UserQuery): ReadonlyMap<number, SocialEvidence> {
      let evidence = known.get(visitor);
      if (evidence === undefined) {
        const { history, connected, nowMs } = visitor;
        evidence = gatherSocial(history, connected?.() ?? [], nowMs, parameters);
        known.set(visitor, evidence);
      }
      return evidence;
    }

    return {
      rank(visitor, top) {
        for (const [item, { score }] of gather(visitor)) top.push(item, score);
      },
      /** One contribution for all of them: one for each kind of connection could identify the few behind it. */
      explain(visitor, itemIndex) {
        const evidence = gather(visitor).get(itemIndex);
        if (evidence === undefined) return [];
        const { score, holderCount } = evidence;
        return [{ kind: 'connected-customers', weight: score, customerCount: holderCount }];
      },
    };
  },
};
