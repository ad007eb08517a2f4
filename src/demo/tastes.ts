/** Interests of the demo shop's customers, and seasons. */

/** Interests: categories that are bought together. */
export const tastes: readonly {
  readonly name: string;
  readonly share: number;
  readonly categories: readonly string[];
}[] = [
  {
    name: 'baker',
    share: 0.14,
    categories: ['Kitchen > Baking', 'Kitchen > Cookware', 'Pantry > Chocolate'],
  },
  { name: 'host', share: 0.14, categories: ['Kitchen > Tableware', 'Home > Textiles', 'Home > Candles'] },
  { name: 'gardener', share: 0.14, categories: ['Garden > Seeds', 'Garden > Tools', 'Garden > Pots'] },
  {
    name: 'coffee drinker',
    share: 0.14,
    categories: ['Pantry > Coffee', 'Pantry > Chocolate', 'Kitchen > Tableware'],
  },
  {
    name: 'tea and paper',
    share: 0.1,
    categories: ['Pantry > Tea', 'Paper > Notebooks', 'Paper > Cards and wrap'],
  },
  { name: 'dog owner', share: 0.1, categories: ['Pets > Dog food', 'Pets > Gear', 'Home > Storage'] },
  { name: 'cat owner', share: 0.08, categories: ['Pets > Cat food', 'Pets > Gear', 'Pantry > Tea'] },
  {
    name: 'family',
    share: 0.09,
    categories: ['Children > Toys', 'Paper > Cards and wrap', 'Seasonal > Christmas'],
  },
  {
    name: 'nest builder',
    share: 0.07,
    categories: ['Home > Lighting', 'Home > Storage', 'Care > Bath', 'Home > Candles'],
  },
];

/** Factor on orders from January to December: a slow start, a busy December. */
export const shopSeason = [0.7, 0.75, 0.9, 0.95, 1, 0.9, 0.8, 0.8, 1, 1.15, 1.6, 1.75];
