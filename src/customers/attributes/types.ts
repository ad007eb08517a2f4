/** Types of custom attributes, and the type of a value. */

export const attributeTypes = ['string', 'number', 'boolean', 'date', 'instant', 'string_list'] as const;
export type AttributeType = (typeof attributeTypes)[number];

/** `other` is an object, or a list of other values than strings: rules cannot use it. */
export type SeenType = AttributeType | 'other';

/** Every calendar day between 1000 and 2999, as a pattern for JavaScript and for SQL: a cast of a match cannot fail. */
export const DAY_PATTERN = String.raw`(?:[12]\d{3}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)|02-(?:0[1-9]|1\d|2[0-8]))|(?:[12]\d(?:0[48]|[2468][048]|[13579][26])|(?:12|16|20|24|28)00)-02-29)`;
export const TIME_PATTERN = String.raw`T(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?`;
export const ZONE_PATTERN = String.raw`(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d)`;

const DAY = new RegExp(`^${DAY_PATTERN}$`);
const INSTANT = new RegExp(`^${DAY_PATTERN}${TIME_PATTERN}${ZONE_PATTERN}?$`);

/** The type of a JSON value; null for a missing one. */
export function typeOfValue(value: unknown): SeenType | null {
  switch (typeof value) {
    case 'string':
      return typeOfText(value);
    case 'number':
      return 'number';
    case 'boolean':
      return 'boolean';
    default:
      if (value == null) return null;
      return Array.isArray(value) && value.every((element) => typeof element === 'string')
        ? 'string_list'
        : 'other';
  }
}

function typeOfText(text: string): SeenType {
  if (DAY.test(text)) return 'date';
  return INSTANT.test(text) ? 'instant' : 'string';
}

/**
 * Whether a declaration of the one type allows values of the other: a day is an instant too, and every date is a text.
 */
export function takesType(declared: AttributeType, type: SeenType): boolean {
  if (declared === type) return true;
  if (declared === 'instant') return type === 'date';
  return declared === 'string' && (type === 'date' || type === 'instant');
}

/** The one type that allows all of these; null where they are mixed, or of a type that rules cannot use. */
export function commonType(types: readonly SeenType[]): AttributeType | null {
  return (
    attributeTypes.find(
      (declared) => types.includes(declared) && types.every((type) => takesType(declared, type)),
    ) ?? null
  );
}
