/** The categories of the demo shop: products, names, seasons. */

export interface Shelf {
  /** Path of two levels. */
  readonly category: string;
  readonly brands: readonly string[];
  /** Nouns with a typical price in minor units. */
  readonly things: readonly (readonly [name: string, priceMinor: number])[];
  /** Variants. */
  readonly kinds: readonly string[];
  readonly keywords: readonly string[];
  /** Days until a buyer runs out; null for durable products. */
  readonly lastsDays: number | null;
  /** Factor on demand from January to December. */
  readonly season: readonly number[];
}

const level = [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1];
const spring = [0.5, 1.2, 2.4, 2.6, 2.2, 1.3, 0.8, 0.6, 0.6, 0.4, 0.2, 0.3];
const summer = [0.4, 0.5, 0.8, 1.2, 1.8, 2.2, 2.2, 1.7, 0.9, 0.5, 0.3, 0.4];
const autumn = [0.9, 0.7, 0.6, 0.5, 0.5, 0.4, 0.4, 0.8, 1.7, 2.1, 1.9, 1.6];
const december = [0.1, 0.05, 0.05, 0.05, 0.05, 0.05, 0.05, 0.1, 0.4, 1.6, 4.5, 5.5];
const gifts = [0.7, 1.1, 0.9, 0.8, 0.9, 0.8, 0.7, 0.7, 0.8, 1, 1.9, 2.6];

export const shelves: readonly Shelf[] = [
  {
    category: 'Pantry > Coffee',
    brands: ['Harbour Roast', 'Fernhill', 'Kettle Lane'],
    things: [
      ['coffee beans 250 g', 850],
      ['coffee beans 1 kg', 2600],
      ['ground coffee 250 g', 790],
      ['coffee capsules, box of 20', 980],
    ],
    kinds: ['Ethiopian', 'Colombian', 'Morning blend', 'Espresso', 'Decaf', 'Sumatran'],
    keywords: ['coffee', 'breakfast', 'roasted'],
    lastsDays: 28,
    season: level,
  },
  {
    category: 'Pantry > Tea',
    brands: ['Kettle Lane', 'Meadow Cup'],
    things: [
      ['tea, 50 bags', 540],
      ['loose tea 100 g', 920],
      ['tea tin', 1450],
    ],
    kinds: ['Earl grey', 'Peppermint', 'Green jasmine', 'Rooibos', 'Camomile', 'Assam'],
    keywords: ['tea', 'infusion', 'afternoon'],
    lastsDays: 40,
    season: autumn,
  },
  {
    category: 'Pantry > Chocolate',
    brands: ['Maison Brune', 'Fernhill'],
    things: [
      ['chocolate bar 100 g', 420],
      ['truffles, box of 12', 1650],
      ['drinking chocolate 250 g', 890],
    ],
    kinds: ['Dark', 'Sea salt', 'Hazelnut', 'Orange', 'Ginger', 'Milk'],
    keywords: ['chocolate', 'sweet', 'treat'],
    lastsDays: 35,
    season: gifts,
  },
  {
    category: 'Kitchen > Baking',
    brands: ['Rolling Oak', 'Tin & Crumb'],
    things: [
      ['cake tin', 1450],
      ['baking tray', 1190],
      ['muffin mould', 1290],
      ['mixing bowl', 1750],
      ['biscuit cutter set', 890],
      ['pie dish', 1690],
    ],
    kinds: ['Round', 'Square', 'Enamel', 'Silicone', 'Large'],
    keywords: ['baking', 'cake', 'oven'],
    lastsDays: null,
    season: autumn,
  },
  {
    category: 'Kitchen > Cookware',
    brands: ['Ironbridge', 'Rolling Oak'],
    things: [
      ['frying pan', 3900],
      ['casserole', 7900],
      ['saucepan', 3400],
      ['roasting dish', 2900],
      ['stockpot', 5200],
    ],
    kinds: ['Cast iron', 'Copper', 'Steel', 'Ceramic', 'Small'],
    keywords: ['cooking', 'pan', 'stove'],
    lastsDays: null,
    season: level,
  },
  {
    category: 'Kitchen > Tableware',
    brands: ['Blue Glaze', 'Potters Yard'],
    things: [
      ['mug', 950],
      ['dinner plate', 1250],
      ['cereal bowl', 990],
      ['serving platter', 2800],
      ['jug', 1900],
      ['egg cup pair', 850],
    ],
    kinds: ['Speckled', 'Cobalt', 'White', 'Sage', 'Hand-painted'],
    keywords: ['tableware', 'stoneware', 'dining'],
    lastsDays: null,
    season: gifts,
  },
  {
    category: 'Home > Candles',
    brands: ['Wick & Wax', 'Lantern Street'],
    things: [
      ['scented candle', 1600],
      ['pillar candle', 950],
      ['tealights, bag of 24', 620],
      ['reed diffuser', 2200],
    ],
    kinds: ['Fig', 'Cedar', 'Lavender', 'Vanilla', 'Sea breeze'],
    keywords: ['candle', 'scent', 'cosy'],
    lastsDays: 45,
    season: gifts,
  },
  {
    category: 'Home > Textiles',
    brands: ['Loomfield', 'Harbour Cotton'],
    things: [
      ['cushion cover', 1900],
      ['throw', 4500],
      ['tea towel pair', 1100],
      ['tablecloth', 3200],
      ['bath towel', 2100],
    ],
    kinds: ['Linen', 'Striped', 'Waffle', 'Checked', 'Mustard'],
    keywords: ['textile', 'woven', 'soft'],
    lastsDays: null,
    season: autumn,
  },
  {
    category: 'Home > Lighting',
    brands: ['Lantern Street', 'Filament Works'],
    things: [
      ['table lamp', 5400],
      ['string lights', 1800],
      ['pendant shade', 3600],
      ['night light', 1500],
    ],
    kinds: ['Brass', 'Paper', 'Glass', 'Rattan', 'Mini'],
    keywords: ['light', 'lamp', 'glow'],
    lastsDays: null,
    season: autumn,
  },
  {
    category: 'Home > Storage',
    brands: ['Loomfield', 'Tidy Corner'],
    things: [
      ['basket', 2400],
      ['storage box', 1500],
      ['magazine rack', 2900],
      ['tray', 1800],
    ],
    kinds: ['Seagrass', 'Oak', 'Wire', 'Felt', 'Willow'],
    keywords: ['storage', 'tidy', 'shelf'],
    lastsDays: null,
    season: level,
  },
  {
    category: 'Garden > Seeds',
    brands: ['Greenway Seeds', 'Plot Nine'],
    things: [
      ['seeds', 290],
      ['organic seeds', 390],
      ['seed collection', 1250],
    ],
    kinds: ['Tomato', 'Sweet pea', 'Basil', 'Sunflower', 'Lettuce', 'Chilli', 'Courgette'],
    keywords: ['seeds', 'growing', 'vegetable patch'],
    lastsDays: 60,
    season: spring,
  },
  {
    category: 'Garden > Tools',
    brands: ['Spade & Sons', 'Plot Nine'],
    things: [
      ['hand trowel', 1400],
      ['hand fork', 1400],
      ['border spade', 3600],
      ['hoe', 2900],
      ['bulb planter', 1900],
    ],
    kinds: ['Ash-handled', 'Steel', 'Copper', 'Compact'],
    keywords: ['garden tool', 'digging', 'pruning'],
    lastsDays: null,
    season: spring,
  },
  {
    category: 'Garden > Pots',
    brands: ['Potters Yard', 'Greenway'],
    things: [
      ['plant pot', 1300],
      ['hanging planter', 1900],
      ['window box', 2700],
      ['saucer set', 800],
    ],
    kinds: ['Terracotta', 'Glazed', 'Zinc', 'Tall', 'Ribbed'],
    keywords: ['pot', 'planter', 'terrace'],
    lastsDays: null,
    season: summer,
  },
  {
    category: 'Pets > Dog food',
    brands: ['Good Hound', 'Fetch & Co'],
    things: [
      ['dry dog food 2 kg', 1690],
      ['dog food, 12 tins', 1980],
      ['dog treats 300 g', 640],
    ],
    kinds: ['Chicken', 'Salmon', 'Beef', 'Puppy', 'Grain-free'],
    keywords: ['dog', 'pet', 'food bowl'],
    lastsDays: 24,
    season: level,
  },
  {
    category: 'Pets > Cat food',
    brands: ['Velvet Paw', 'Fetch & Co'],
    things: [
      ['cat food, 12 pouches', 890],
      ['dry cat food 1 kg', 1120],
      ['cat treats 80 g', 320],
    ],
    kinds: ['Tuna', 'Turkey', 'Kitten', 'Indoor', 'Duck'],
    keywords: ['cat', 'pet', 'whiskers'],
    lastsDays: 21,
    season: level,
  },
  {
    category: 'Pets > Gear',
    brands: ['Good Hound', 'Velvet Paw'],
    things: [
      ['pet bed', 4200],
      ['collar', 1500],
      ['blanket', 2400],
      ['feeding bowl', 1300],
      ['carrier', 4900],
    ],
    kinds: ['Tartan', 'Grey', 'Small', 'Large'],
    keywords: ['pet', 'comfort', 'walk'],
    lastsDays: null,
    season: level,
  },
  {
    category: 'Care > Bath',
    brands: ['Saltmarsh', 'Meadow & Rye'],
    things: [
      ['soap bar', 540],
      ['hand wash 300 ml', 890],
      ['bath salts 500 g', 1250],
      ['body lotion 250 ml', 1490],
    ],
    kinds: ['Rosemary', 'Lemon', 'Oat', 'Seaweed', 'Rose'],
    keywords: ['soap', 'bath', 'skin'],
    lastsDays: 32,
    season: gifts,
  },
  {
    category: 'Paper > Notebooks',
    brands: ['Inkwell', 'Margin Press'],
    things: [
      ['notebook A5', 1100],
      ['pocket notebook, set of 3', 950],
      ['diary', 1650],
      ['exercise book', 490],
    ],
    kinds: ['Dotted', 'Ruled', 'Plain', 'Marbled', 'Recycled'],
    keywords: ['notebook', 'writing', 'desk'],
    lastsDays: 90,
    season: autumn,
  },
  {
    category: 'Paper > Cards and wrap',
    brands: ['Margin Press', 'Ribbon Row'],
    things: [
      ['birthday card', 320],
      ['gift wrap roll', 450],
      ['gift tags', 380],
      ['thank-you cards, set of 8', 850],
    ],
    kinds: ['Floral', 'Letterpress', 'Starry', 'Kraft', 'Woodland'],
    keywords: ['card', 'gift wrap', 'celebration'],
    lastsDays: 60,
    season: gifts,
  },
  {
    category: 'Children > Toys',
    brands: ['Little Acorn', 'Puzzle Barn'],
    things: [
      ['puzzle', 1500],
      ['building blocks', 2700],
      ['soft toy', 1900],
      ['marble run', 3900],
      ['memory game', 1400],
    ],
    kinds: ['Dinosaur', 'Rainbow', 'Animal', 'Space', 'Farmyard'],
    keywords: ['toy', 'play', 'children'],
    lastsDays: null,
    season: gifts,
  },
  {
    category: 'Seasonal > Christmas',
    brands: ['Ribbon Row', 'Wick & Wax'],
    things: [
      ['baubles, set of 6', 1600],
      ['wreath', 3200],
      ['advent calendar', 1900],
      ['crackers, box of 6', 1500],
      ['stocking', 1700],
    ],
    kinds: ['Gold', 'Frosted', 'Nordic', 'Red'],
    keywords: ['christmas', 'decoration', 'winter'],
    lastsDays: null,
    season: december,
  },
];
