/** The names of methods and lists in the schema. No SQL. */
import { builder } from '#graphql/builder.ts';

export const Algorithm = builder.enumType('Algorithm', {
  description:
    'A recommendation method. Each is a model of its own, see `models`; not all are trained by default.',
  values: {
    POPULARITY: {
      value: 'popularity',
      description:
        'Most frequent purchases of customers of the same segment or country; of all customers where neither is known.',
    },
    PERSONAL_FREQUENCY: {
      value: 'personal-frequency',
      description: 'Products that the customer bought on most days.',
    },
    REBUY: {
      value: 'rebuy',
      description: 'Beta-Binomial over purchase days: products that the customer bought and will buy again.',
    },
    TIFU_KNN: {
      value: 'tifu-knn',
      description: "TIFU-KNN: the next basket from the customer's own and those of similar customers.",
    },
    ITEM_KNN: {
      value: 'item-knn',
      description: 'Item-item cosine over purchase days: products with common buyers.',
    },
    USER_KNN: {
      value: 'user-knn',
      description: 'User-user cosine: purchases of the most similar customers.',
    },
    RP3BETA: {
      value: 'rp3beta',
      description: 'RP3beta: random walks over purchases, with a penalty for popular products.',
    },
    EASE: {
      value: 'ease',
      description: 'EASE: every product as a weighted sum of all others, in closed form.',
    },
    EDLAE: { value: 'edlae', description: 'EDLAE: EASE trained on histories with dropout.' },
    SLIM: { value: 'slim', description: 'SLIM: every product as a sparse sum of others.' },
    IALS: {
      value: 'ials',
      description: 'Implicit alternating least squares: products as factors, customers from their history.',
    },
    BPR: { value: 'bpr', description: 'Bayesian personalised ranking: factors learned from pairs.' },
    SESSION_KNN: {
      value: 'session-knn',
      description: 'Session kNN: products of similar sessions. Needs no known customer.',
    },
    CONTENT: {
      value: 'content',
      description: 'Words of name, brand, category and keywords; also finds products that were never bought.',
    },
    SOCIAL: {
      value: 'social',
      description:
        'Purchases of connected customers, if at least 2 of at least 3 of them have the product, so that no list discloses the purchases of one of them.',
    },
    MLP: { value: 'mlp', description: 'A neural network over learned factors. Its reasons are approximate.' },
    NEUMF: {
      value: 'neumf',
      description: 'NeuMF: products of factors beside a neural network. Its reasons are approximate.',
    },
    BLEND: {
      value: 'blend',
      description:
        'A blend of several methods in standardised scores of the customer, with weights learned on the newest purchases.',
    },
  } as const,
});

export const RecommendationList = builder.enumType('RecommendationList', {
  description: 'Kind of a list of recommendations.',
  values: {
    BEST: {
      value: 'best',
      description: "Both other lists, in the proportion of the customer's own repeat purchases.",
    },
    REBUY: {
      value: 'rebuy',
      description: 'Products that the customer bought before, by the probability of a repeat purchase.',
    },
    DISCOVER: {
      value: 'discover',
      description:
        'Products that the customer never bought; popular ones for customers with too little data.',
    },
  } as const,
});
