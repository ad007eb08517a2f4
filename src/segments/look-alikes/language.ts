/** Likeness in the rule language: `similar_to MATCHES (key = 'champions', share <= 0.1)`, as data. */
import type { LanguageContribution } from '#rule-language/check/definitions.ts';

export const lookAlikeContribution: LanguageContribution = {
  functions: [
    {
      name: 'similar_to',
      description:
        'Similarity to the seeds of a look-alike, for the more similar half of the customers; seeds themselves have none.',
      from: 'look_alike_scores alike join look_alikes look_alike on look_alike.id = alike.look_alike_id',
      customerId: 'alike.customer_id',
      occurredAt: 'alike.scored_at',
      id: 'alike.look_alike_id',
      where: 'look_alike.archived_at is null',
      changesWith: ['look_alike.*'],
      properties: [
        { name: 'key', type: 'string', description: 'Key of the look-alike.', sql: 'look_alike.key' },
        {
          name: 'share',
          type: 'number',
          description: 'Relative rank among all ranked customers: up to 0.1 is the most similar tenth.',
          sql: 'alike.share::numeric',
          range: { minimum: 0, maximum: 0.5 },
        },
        {
          name: 'score',
          type: 'number',
          description: 'Similarity, 0 to 1; its scale depends on the method.',
          sql: 'alike.score::numeric',
          range: { minimum: 0, maximum: 1 },
        },
      ],
    },
  ],
};
