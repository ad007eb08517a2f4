/** The tokens of the rule language and its lexer. */
import { createToken, Lexer, type TokenType } from 'chevrotain';

/** Letters, digits and underscores with single dots between, not starting with a digit; any text in double quotes. */
const namePattern = /(?:attributes?\.)?"(?:[^"]|"")+"|[a-z_][a-z0-9_]*(?:\.[a-z_][a-z0-9_]*)*/i;
const wordEnd = '(?![a-z0-9_.])';

export const Name = createToken({ name: 'Name', pattern: namePattern, label: 'name', line_breaks: true });

/** A keyword of one or more words, case-insensitive, with any white space between them. */
function createKeyword(name: string, label: string): TokenType {
  return createToken({
    name,
    label,
    pattern: new RegExp(label.replaceAll(' ', '\\s+') + wordEnd, 'i'),
    longer_alt: Name,
    line_breaks: label.includes(' '),
  });
}

function createSign(name: string, sign: string): TokenType {
  return createToken({ name, pattern: sign, label: sign });
}

export const And = createKeyword('And', 'AND');
export const Or = createKeyword('Or', 'OR');
export const Not = createKeyword('Not', 'NOT');
export const Everyone = createKeyword('Everyone', 'EVERYONE');
export const None = createKeyword('None', 'NONE');
export const In = createKeyword('In', 'IN');
export const Between = createKeyword('Between', 'BETWEEN');
export const Contains = createKeyword('Contains', 'CONTAINS');
export const StartsWith = createKeyword('StartsWith', 'STARTS WITH');
export const EndsWith = createKeyword('EndsWith', 'ENDS WITH');
export const MatchesRegex = createKeyword('MatchesRegex', 'MATCHES REGEX');
export const Matches = createKeyword('Matches', 'MATCHES');
export const IsNotNull = createKeyword('IsNotNull', 'IS NOT NULL');
export const IsNull = createKeyword('IsNull', 'IS NULL');
export const HasAny = createKeyword('HasAny', 'HAS ANY');
export const HasAll = createKeyword('HasAll', 'HAS ALL');
export const HasNone = createKeyword('HasNone', 'HAS NONE');
export const Has = createKeyword('Has', 'HAS');
export const Length = createKeyword('Length', 'LENGTH');
export const Bucket = createKeyword('Bucket', 'BUCKET');
export const Distance = createKeyword('Distance', 'DISTANCE');
export const Anniversary = createKeyword('Anniversary', 'ANNIVERSARY');
export const WithinNext = createKeyword('WithinNext', 'WITHIN NEXT');
export const WithinLast = createKeyword('WithinLast', 'WITHIN LAST');
export const Within = createKeyword('Within', 'WITHIN');
export const For = createKeyword('For', 'FOR');
export const Entered = createKeyword('Entered', 'ENTERED');
export const Left = createKeyword('Left', 'LEFT');
export const DidNot = createKeyword('DidNot', 'DID NOT');
export const Did = createKeyword('Did', 'DID');
export const Then = createKeyword('Then', 'THEN');
export const True = createKeyword('True', 'TRUE');
export const False = createKeyword('False', 'FALSE');
export const Today = createKeyword('Today', 'TODAY');
export const NamedDate = createToken({
  name: 'NamedDate',
  pattern: new RegExp(`(?:yesterday|tomorrow|now)${wordEnd}`, 'i'),
  longer_alt: Name,
  label: 'YESTERDAY, TOMORROW or NOW',
});
export const CalendarPeriod = createToken({
  name: 'CalendarPeriod',
  pattern: new RegExp(String.raw`(?:last|this|next)\s+(?:week|month|quarter|year)${wordEnd}`, 'i'),
  longer_alt: Name,
  line_breaks: true,
  label: 'a calendar period such as LAST MONTH',
});
export const AtTimeZone = createKeyword('AtTimeZone', 'AT TIME ZONE');

export const Timestamp = createToken({
  name: 'Timestamp',
  pattern: /\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2})?/i,
  label: 'a time such as 2024-01-31T10:00:00Z',
});
export const Day = createToken({
  name: 'Day',
  pattern: /\d{4}-\d{2}-\d{2}/,
  label: 'a day such as 2024-01-31',
});
export const Month = createToken({
  name: 'Month',
  pattern: /\d{4}-\d{2}(?![\d-])/,
  label: 'a month such as 2024-01',
});
export const RelativeDate = createToken({
  name: 'RelativeDate',
  pattern: new RegExp(String.raw`[+-]\d+[hdwmy]${wordEnd}`, 'i'),
  label: 'a relative date such as -90d',
});
export const Period = createToken({
  name: 'Period',
  pattern: new RegExp(String.raw`\d+[hdwmy]${wordEnd}`, 'i'),
  label: 'a period such as 90d',
});
export const NumberText = createToken({ name: 'NumberText', pattern: /-?\d+(?:\.\d+)?/, label: 'a number' });
export const StringText = createToken({
  name: 'StringText',
  pattern: /'(?:[^']|'')*'/,
  line_breaks: true,
  label: 'a string in single quotes',
});

export const LessOrEqual = createSign('LessOrEqual', '<=');
export const GreaterOrEqual = createSign('GreaterOrEqual', '>=');
export const NotEqual = createToken({ name: 'NotEqual', pattern: /!=|<>/, label: '!=' });
export const Less = createSign('Less', '<');
export const Greater = createSign('Greater', '>');
export const Equal = createSign('Equal', '=');
export const LeftParenthesis = createSign('LeftParenthesis', '(');
export const RightParenthesis = createSign('RightParenthesis', ')');
export const Comma = createSign('Comma', ',');
export const Colon = createSign('Colon', ':');
const WhiteSpace = createToken({
  name: 'WhiteSpace',
  pattern: /\s+/,
  group: Lexer.SKIPPED,
  line_breaks: true,
});

/** In order of matching: of two with a common prefix, the longer one first. */
export const tokenTypes: readonly TokenType[] = [
  WhiteSpace,
  StringText,
  Timestamp,
  Day,
  Month,
  RelativeDate,
  Period,
  NumberText,
  And,
  Or,
  Not,
  Everyone,
  None,
  In,
  Between,
  Contains,
  StartsWith,
  EndsWith,
  MatchesRegex,
  Matches,
  IsNotNull,
  IsNull,
  HasAny,
  HasAll,
  HasNone,
  Has,
  Length,
  Bucket,
  Distance,
  Anniversary,
  WithinNext,
  WithinLast,
  Within,
  For,
  Entered,
  Left,
  DidNot,
  Did,
  Then,
  True,
  False,
  Today,
  NamedDate,
  CalendarPeriod,
  AtTimeZone,
  Name,
  LessOrEqual,
  GreaterOrEqual,
  NotEqual,
  Less,
  Greater,
  Equal,
  LeftParenthesis,
  RightParenthesis,
  Comma,
  Colon,
];

export const ruleLexer = new Lexer([...tokenTypes], {
  ensureOptimizations: true,
  positionTracking: 'onlyOffset',
});

/** Words that cannot be names of attributes, functions or groups: each lexes as another token. */
export function isReservedWord(word: string): boolean {
  const { tokens, errors } = ruleLexer.tokenize(word);
  return errors.length > 0 || tokens.length !== 1 || tokens[0]?.tokenType !== Name;
}
