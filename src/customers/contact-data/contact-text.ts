/**
 * Finds contact data in free text, such as a search for an e-mail address, and removes it. Recognises e-mail addresses
 * and phone numbers by their form, also encoded ones, and names by the key of the value. Names and addresses within a
 * text are not recognised.
 */
import { parsePhoneNumberFromString } from 'libphonenumber-js/min';

export const EMAIL_CUT = '[e-mail]';
export const PHONE_CUT = '[phone]';
export const NAME_CUT = '[name]';

/**
 * Most texts match none of these and contain no contact data: an at sign in some form, seven digits, a run of base64.
 */
const SUSPICIOUS =
  // oxlint-disable-next-line no-control-regex -- anything beyond ASCII may be an at sign or a digit in another form
  /[@%&\\]|=40|[^\u0000-\u007f]|[([{]\s?at\s?[)\]}]|(?:\d\D{0,3}){7}|[\w+/-]{14}/i;

// oxlint-disable-next-line no-control-regex -- as above
const ENCODED = /[%&\\=([{]|[^\u0000-\u007f]/;

// Lengths are bounded, so that a long text without an address is scanned in linear time.
const LOCAL = String.raw`(?:\\?"[^"\r\n]{1,64}"|[^\s@"'<>()[\]](?:[^\s@"<>()[\]]{0,63}))`;
const DOMAIN = String.raw`(?:[^\s@"'<>()[\]]{1,190}\.\p{L}[\p{L}\p{N}-]{1,62}|\[[\da-f:.]{3,45}\])`;
const EMAIL = new RegExp(String.raw`${LOCAL}\s?@\s?${DOMAIN}`, 'giu');

const SEPARATORS = String.raw`[\s\-./()\u2010-\u2015]{0,3}`;
const INTERNATIONAL = new RegExp(
  String.raw`(?<![\p{L}\d])(?:\+|00)\s?[1-9](?:${SEPARATORS}\d){6,14}(?!\d)`,
  'gu',
);
/** Without a country code, only the notation distinguishes a phone number from other numbers. */
const NATIONAL =
  /(?<![\p{L}\d.,:-])(?:\(0?\d{2,4}\)[\s-]?\d{3,4}[\s-]?\d{3,4}|0\d{2,4}[\s/-]\d{3,4}[\s-]?\d{3,4}|\d{3}[\s-]\d{3}-\d{4})(?![\d:])/gu;

/** Of thirty thousand one has digits in the form of a phone number. Captured, so that `split` keeps it. */
const UUID = /((?<![\da-f])[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}(?![\da-f]))/i;

const BASE64 = /[A-Za-z0-9+/_-]{14,2000}={0,2}/g;
const MAX_DECODINGS = 4;

const EMAIL_KEY = /^(?:user|customer|contact)?[_-]?e[_-]?mail(?:[_-]?address)?$/i;
const PHONE_KEY = /phone|mobile|msisdn|whatsapp|(?:^|[_-])(?:tel|cell|fax)(?:[_-]|$)/i;
const NAME_KEY =
  /^(?:(?:first|last|full|given|family|customer|user)[_-]?name|surname|(?:street|postal|billing|shipping)[_-]?address)$/i;

const CONTACT_NAME =
  /(?:^|[_\s-])(?:e[_-]?mails?|phones?|mobile|msisdn|whatsapp|tel|telephone|fax|surname|(?:first|last|full|given|family)[_\s-]?name|(?:street|postal)?[_\s-]?address)(?:[_\s-]?(?:address|number|no|\d+))?$/i;

/**
 * Whether a field of this name is contact data: `secondEmail` and `phone_number` are, `phone_model` and `email_opens`
 * not.
 */
export function namesContact(name: string): boolean {
  return CONTACT_NAME.test(name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_'));
}

/** The text with its contact data removed; the same text where there is none. */
export function cutContacts(text: string): string {
  if (!SUSPICIOUS.test(text)) return text;
  const plain = ENCODED.test(text) ? decode(text) : text;
  const cut = plain
    .replace(EMAIL, EMAIL_CUT)
    .replace(BASE64, (run) => (holdsEncodedEmail(run) ? EMAIL_CUT : run))
    .split(UUID)
    .map((part, index) => (index % 2 === 1 ? part : cutPhones(part)))
    .join('');
  return cut === plain ? text : cut;
}

function cutPhones(text: string): string {
  return text
    .replace(INTERNATIONAL, (number) => (isPhone(number) ? PHONE_CUT : number))
    .replace(NATIONAL, PHONE_CUT);
}

export function holdsContacts(text: string): boolean {
  return cutContacts(text) !== text;
}

/**
 * JSON with its contact data removed, in values and in keys.
 * @param cut applied to each text
 */
export function cutContactsOfJson(value: unknown, cut: (text: string) => string = cutContacts): unknown {
  if (typeof value === 'string') return cut(value);
  if (typeof value === 'number') {
    const text = String(value);
    const rest = cut(text);
    return rest === text ? value : rest;
  }
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => cutContactsOfJson(item, cut));
  const entries = new Map<string, unknown>();
  for (const [key, item] of Object.entries(value)) {
    const cutKey = cut(key);
    let name = cutKey;
    // Two addresses as keys stay two entries.
    for (let count = 2; entries.has(name); count += 1) name = `${cutKey} ${count}`;
    entries.set(name, cutNamed(key, item) ?? cutContactsOfJson(item, cut));
  }
  return Object.fromEntries(entries);
}

/** Contact data of a value whose key names its kind, in any form; null where the key does not. */
function cutNamed(key: string, value: unknown): string | null {
  const isText = typeof value === 'string' && value.trim() !== '';
  if (!isText && typeof value !== 'number') return null;
  if (PHONE_KEY.test(key) && String(value).replaceAll(/\D/g, '').length >= 6) return PHONE_CUT;
  if (isText && EMAIL_KEY.test(key)) return EMAIL_CUT;
  return isText && NAME_KEY.test(key) ? NAME_CUT : null;
}

function isPhone(number: string): boolean {
  const digits = number.replaceAll(/\D/g, '').replace(/^00/, '');
  const phone = parsePhoneNumberFromString(`+${digits}`);
  // Numbers of articles begin with zeros too.
  return number.startsWith('+') ? (phone?.isPossible() ?? false) : (phone?.isValid() ?? false);
}

function holdsEncodedEmail(run: string): boolean {
  const text = Buffer.from(run, 'base64').toString('utf8');
  // Ids are base64 as well, and become no text.
  // oxlint-disable-next-line no-control-regex -- control characters are what it looks for
  return text.includes('@') && !/[\u0000-\u0008\ufffd]/.test(text) && text.search(EMAIL) !== -1;
}

/** Decodes full-width characters, invisible ones, per cent signs, entities and escapes, also nested ones. */
function decode(text: string): string {
  let plain = text;
  for (let round = 0; round < MAX_DECODINGS; round += 1) {
    const next = plain
      .normalize('NFKC')
      .replaceAll(/\p{Cf}/gu, '')
      .replaceAll('。', '.')
      .replaceAll(/(?:%[0-9a-f]{2})+/gi, decodePercent)
      .replaceAll(/&#(?:x([0-9a-f]{1,6})|(\d{1,7}));?/gi, (whole, hex?: string, decimal?: string) =>
        characterOf(whole, hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)),
      )
      .replaceAll(/&(?:commat|period|plus|amp|quot);/gi, (entity) => ENTITIES[entity.toLowerCase()]!)
      .replaceAll(/\\+(?:u([0-9a-f]{4})|u\{([0-9a-f]{1,6})\}|x([0-9a-f]{2}))/gi, (whole, ...hex: string[]) =>
        characterOf(whole, Number.parseInt(hex.slice(0, 3).join(''), 16)),
      )
      .replaceAll(/=(40|2E|2B)/gi, (_, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16)))
      .replaceAll(/\s?[([{]\s?at\s?[)\]}]\s?/gi, '@')
      .replaceAll(/\s?[([{]\s?dot\s?[)\]}]\s?/gi, '.');
    if (next === plain) break;
    plain = next;
  }
  return plain;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&commat;': '@',
  '&period;': '.',
  '&plus;': '+',
  '&amp;': '&',
  '&quot;': '"',
};

function decodePercent(run: string): string {
  try {
    return decodeURIComponent(run);
  } catch {
    return run.replaceAll(/%([2-7][0-9a-f])/gi, (_, hex: string) =>
      String.fromCodePoint(Number.parseInt(hex, 16)),
    );
  }
}

function characterOf(whole: string, code: number): string {
  return code > 0 && code <= 0x10_ff_ff && (code < 0xd8_00 || code > 0xdf_ff)
    ? String.fromCodePoint(code)
    : whole;
}
