/** Resolves names of a parsed rule to custom attributes of customers. */
import type { OwnAttribute, OwnReference, OwnType, ValueType } from './definitions.ts';
import { operandsOf, referencesOf } from './dependencies.ts';
import type { Fault, Span, Spans } from '../syntax/errors.ts';
import type { RuleLanguage } from './language.ts';
import { parseRule } from '../syntax/parse.ts';
import { isReservedWord } from '../syntax/tokens.ts';
import type {
  AttributeReference,
  EventCondition,
  Operand,
  Predicate,
  Rule,
  SequenceEvent,
  Subject,
} from '../syntax/tree.ts';
import { clausesOf } from '../syntax/walk.ts';

export interface OwnNameOptions {
  /**
   * The custom attributes. `any` for a stored rule in exact spellings: the names may be unknown by now, and the
   * predicate determines the type. Without it, names stay unresolved.
   */
  readonly ownAttributes?: readonly OwnAttribute[] | 'any' | undefined;
}

export interface ResolvedNames {
  readonly rule: Rule;
  readonly spans: Spans;
  readonly faults: readonly Fault[];
  /** Spans of the text that name custom attributes, each with its exact spelling; in the order of the text. */
  readonly spellings: readonly { readonly span: Span; readonly name: string }[];
}

/** The spelling that names the attribute unambiguously in every language. */
export function ownName(key: string): string {
  const isPlain = /^[A-Za-z_][A-Za-z0-9_]*$/.test(key);
  return `attribute.${isPlain ? key : `"${key.replaceAll('"', '""')}"`}`;
}

/** The shortest spelling that names the attribute in this language. */
export function bareName(key: string, { attributes, functions }: RuleLanguage): string {
  const isTaken = attributes.has(key.toLowerCase()) || functions.has(key.toLowerCase());
  return isTaken || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(key) || isReservedWord(key) ? ownName(key) : key;
}

/** The key in a name of a rule, and whether it can only be a custom attribute. */
function readOwnName(written: string): { readonly key: string; readonly isQualified: boolean } {
  const name = written.replace(/^attributes?\./i, '');
  const key = name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
  return { key, isQualified: name !== written };
}

/** The key in an exact spelling; undefined for any other name. */
export function keyOfOwnName(name: string): string | undefined {
  const { key, isQualified } = readOwnName(name);
  return isQualified ? key : undefined;
}

/** The attribute of exactly this name, else those of this name in any case. */
export function findOwn(written: string, own: readonly OwnAttribute[]): readonly OwnAttribute[] {
  const { key } = readOwnName(written);
  const exact = own.find((one) => one.key === key);
  if (exact !== undefined) return [exact];
  const folded = key.toLowerCase();
  return own.filter((one) => one.key.toLowerCase() === folded);
}

/** Whether a text names an attribute that the language lacks. */
export function namesUnknown(text: string, { attributes, functions }: RuleLanguage): boolean {
  const parsed = parseRule(text);
  return (
    parsed.ok &&
    clausesOf(parsed.rule)
      .flatMap(referencesOf)
      .some(({ name }) => !attributes.has(name) && !functions.has(name))
  );
}

export function resolveOwnNames(
  text: string,
  rule: Rule,
  spans: Spans,
  language: RuleLanguage,
  options: OwnNameOptions,
): ResolvedNames {
  if (language.defineOwn === undefined || options.ownAttributes === undefined)
    return { rule, spans, faults: [], spellings: [] };
  const resolver = new OwnNameResolver(text, spans, language, options.ownAttributes);
  const resolved = resolver.resolveRule(rule);
  const spellings = resolver.spellings.toSorted((left, right) => left.span.offset - right.span.offset);
  return { rule: resolved, spans: resolver.spans, faults: resolver.faults, spellings };
}

class OwnNameResolver {
  readonly faults: Fault[] = [];
  readonly spans: Map<object, Span>;
  readonly spellings: { span: Span; name: string }[] = [];
  readonly #text: string;
  readonly #language: RuleLanguage;
  readonly #takesAny: boolean;
  readonly #byKey: ReadonlyMap<string, OwnAttribute>;
  readonly #byFoldedKey: ReadonlyMap<string, readonly OwnAttribute[]>;

  constructor(text: string, spans: Spans, language: RuleLanguage, known: readonly OwnAttribute[] | 'any') {
    const own = known === 'any' ? [] : known;
    this.#text = text;
    this.spans = new Map(spans);
    this.#language = language;
    this.#takesAny = known === 'any';
    this.#byKey = new Map(own.map((attribute) => [attribute.key, attribute]));
    this.#byFoldedKey = Map.groupBy(own, ({ key }) => key.toLowerCase());
  }

  resolveRule(rule: Rule): Rule {
    switch (rule.kind) {
      case 'and':
      case 'or':
        return { kind: rule.kind, rules: rule.rules.map((part) => this.resolveRule(part)) };
      case 'not':
        return { kind: 'not', rule: this.resolveRule(rule.rule) };
      case 'test': {
        const predicate = this.#resolvePredicate(rule.predicate, this.#typeOfSubject(rule.subject));
        return { kind: 'test', subject: this.#resolveSubject(rule.subject, predicate), predicate };
      }
      case 'event':
        return this.#keepSpan(rule, { ...rule, conditions: this.#resolveConditions(rule) });
      case 'sequence':
        return this.#keepSpan(rule, {
          kind: 'sequence',
          first: this.#resolveEvent(rule.first),
          steps: rule.steps.map((step) => this.#resolveEvent(step)),
        });
      default:
        return rule;
    }
  }

  #resolveEvent<Event extends SequenceEvent>(event: Event): Event {
    return this.#keepSpan(event, { ...event, conditions: this.#resolveConditions(event) });
  }

  #resolveConditions({ function: name, conditions }: SequenceEvent): EventCondition[] {
    const parameters = this.#language.functions.get(name)?.parameters;
    return conditions.map((condition) => {
      const type = parameters?.get(condition.parameter)?.type;
      const asked = type === undefined ? 'number' : ownTypeOf(type);
      const predicate = this.#resolvePredicate(condition.predicate, asked);
      return this.#keepSpan(condition, { ...condition, predicate });
    });
  }

  #resolveSubject(subject: Subject, predicate: Predicate): Subject {
    if (subject.kind === 'length') {
      const found = this.#find(subject);
      return found === undefined ? subject : this.#own(subject, found, 'list');
    }
    if (subject.kind !== 'attribute') return subject;
    const found = this.#find(subject);
    if (found === undefined) return subject;
    const resolved = this.#own(subject, found, this.#typeOfPredicate(predicate));
    const other = operandsOf(predicate).find(
      (operand) => operand.kind === 'attribute' && operand.own !== undefined,
    );
    if (other !== undefined && resolved.own?.type !== 'number') {
      const message = `two own attributes are compared as numbers, ${resolved.name} is none`;
      this.faults.push({ message, span: this.spans.get(subject)! });
    }
    return resolved;
  }

  /** The type for comparing the operand; number for two custom attributes. */
  #typeOfSubject(subject: Subject): OwnType {
    if (subject.kind !== 'attribute') return 'number';
    const definition = this.#language.attributes.get(subject.name);
    return definition === undefined ? 'number' : ownTypeOf(definition.type);
  }

  #resolvePredicate(predicate: Predicate, type: OwnType): Predicate {
    const resolve = (operand: Operand): Operand => {
      if (operand.kind !== 'attribute') return operand;
      const found = this.#find(operand);
      return found === undefined ? operand : this.#own(operand, found, type);
    };
    switch (predicate.kind) {
      case 'compare':
        return this.#keepSpan(predicate, { ...predicate, value: resolve(predicate.value) });
      case 'between':
        return this.#keepSpan(predicate, {
          ...predicate,
          low: resolve(predicate.low),
          high: resolve(predicate.high),
        });
      default:
        return predicate;
    }
  }

  /** The type that a predicate requires of its subject; null where several are possible. */
  #typeOfPredicate(predicate: Predicate): OwnType | null {
    switch (predicate.kind) {
      case 'text':
        return predicate.operator === 'contains' ? null : 'string';
      case 'has':
        return 'list';
      case 'anniversary':
        return 'date';
      case 'null':
        return null;
      default: {
        const [operand] = operandsOf(predicate);
        if (operand === undefined) return null;
        if (operand.kind !== 'attribute') return operand.kind;
        if (operand.own !== undefined) return 'number';
        const definition = this.#language.attributes.get(operand.name);
        return definition === undefined ? null : ownTypeOf(definition.type);
      }
    }
  }

  /** @param asked the type required by the position of the name; null where several are possible */
  #own<Node extends { readonly name: string }>(
    node: Node,
    { key, type: known, seenTypes }: OwnAttribute,
    asked: OwnType | null,
  ): Node & { readonly own: OwnReference } {
    const span = this.spans.get(node)!;
    if (!this.#takesAny && known === null && asked !== null && !seenTypes.includes(asked)) {
      const seen = seenTypes.length === 0 ? 'objects' : seenTypes.map((one) => typeWords[one]).join(' and ');
      this.faults.push({ message: `${ownName(key)} holds ${seen}, never ${typeWords[asked]}`, span });
    }
    const name = ownName(key);
    this.spellings.push({ span, name });
    return this.#keepSpan(node, { ...node, name, own: { key, type: known ?? asked ?? 'any' } });
  }

  #find(node: Pick<AttributeReference, 'name'>): OwnAttribute | undefined {
    const { key, isQualified } = this.#readName(node);
    const lowerKey = key.toLowerCase();
    const isBuiltIn =
      !isQualified && (this.#language.attributes.has(lowerKey) || this.#language.functions.has(lowerKey));
    if (isBuiltIn && !this.#isQuoted(node)) return undefined;
    const exact = this.#byKey.get(key);
    if (exact !== undefined) return exact;
    const alike = this.#byFoldedKey.get(lowerKey) ?? [];
    if (alike.length > 1) {
      const names = alike.map((one) => ownName(one.key));
      this.faults.push({
        message: `${key} could be ${names.join(' or ')}`,
        span: this.spans.get(node)!,
        expected: names,
        suggestion: names[0],
      });
    }
    if (alike.length > 0) return alike[0];
    const isAccepted = this.#takesAny && isQualified;
    return isAccepted ? { key, type: null, seenTypes: [], description: '' } : undefined;
  }

  #isQuoted(node: object): boolean {
    const { offset, length } = this.spans.get(node)!;
    return this.#text.slice(offset, offset + length).includes('"');
  }

  /** The parser folds case; the original text does not. */
  #readName(node: object): { readonly key: string; readonly isQualified: boolean } {
    const { offset, length } = this.spans.get(node)!;
    const written = this.#text.slice(offset, offset + length);
    return readOwnName(written);
  }

  #keepSpan<Node extends object>(before: object, node: Node): Node {
    const span = this.spans.get(before);
    if (span !== undefined) this.spans.set(node, span);
    return node;
  }
}

const typeWords: Readonly<Record<OwnType, string>> = {
  string: 'strings',
  number: 'numbers',
  boolean: 'booleans',
  date: 'dates',
  list: 'lists',
  any: 'values',
};

function ownTypeOf(type: ValueType): OwnType {
  return type === 'money' ? 'number' : type;
}
