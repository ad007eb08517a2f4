/** The names of methods and lists in the schema. No SQL. */
import { builder } from '#graphql/builder.ts';

export const Algorithm = builder.enumType('Algorithm', {
  description:
    'A method of recommending. Each is a model of its own, which `models` tells about; not all are trained by default.',
  values: {
    POPULARITY: {
      value: 'popularity',
      description:
        "What most customers of the customer's segment or country bought; of all where neither is known.",
    },
    PERSONAL_FREQUENCY: {
      value: 'personal-frequency',
      description: 'What the customer bought on most days.',
    },
    REBUY: {
      value: 'rebuy',
      description: 'Beta-Binomial over purchase days: what the customer bought and will buy again.',
    },
    TIFU_KNN: {
      value: 'tifu-knn',
      description: "TIFU-KNN: the next basket from the customer's own and from those of similar customers.",
    },
    ITEM_KNN: {
      value: 'item-knn',
      description: 'Item-item cosine over purchase days: what is bought by those who bought the same.',
    },
    USER_KNN: {
      value: 'user-knn',
      description: 'User-user cosine: what the most similar customers bought.',
    },
    RP3BETA: {
      value: 'rp3beta',
      description: 'RP3beta: random walks over purchases, with popular products held back.',
    },
    EASE: {
      value: 'ease',
      description: 'EASE: every product as a weighted sum of all others, in closed form.',
    },
    EDLAE: { value: 'edlae', description: 'EDLAE: EASE that learns from histories with gaps.' },
    SLIM: { value: 'slim', description: 'SLIM: every product as a sparse sum of others.' },
    IALS: {
      value: 'ials',
      description: 'Implicit alternating least squares: products as factors, customers from their history.',
    },
    BPR: { value: 'bpr', description: 'Bayesian personalised ranking: factors learned from pairs.' },
    SESSION_KNN: {
      value: 'session-knn',
      description: 'Session kNN: what visits that went alike went on to. Needs no known customer.',
    },
    CONTENT: {
      value: 'content',
      description:
        'Words of name, brand, category and keywords; products that were never bought are found as well.',
    },
    SOCIAL: {
      value: 'social',
      description:
        'What customers connected with the customer bought and kept: at least 2 of at least 3 of them, so that no list tells what one of them bought.',
    },
    MLP: { value: 'mlp', description: 'A neural network over learned factors. Its reasons are approximate.' },
    NEUMF: {
      value: 'neumf',
      description: 'NeuMF: products of factors beside a neural network. Its reasons are approximate.',
    },
    BLEND: {
      value: 'blend',
      description:
        'Several methods joined, each in standard scores of the customer, by weights learned on newest purchases.',
    },
  } as const,
});

export const RecommendationList = builder.enumType('RecommendationList', {
  description: 'What a list of recommendations is about.',
  values: {
    BEST: {
      value: 'best',
      description: "Both other lists, in the proportion of the customer's own repeat purchases.",
    },
    REBUY: {
      value: 'rebuy',
      description: 'Products that the customer bought before, by the chance that they buy them again.',
    },
    DISCOVER: {
      value: 'discover',
      description:
        'Products that the customer never bought; where too little is known of them, what is popular.',
    },
  } as const,
});
