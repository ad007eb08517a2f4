/** JSON Schemas of events, compiled: which part of the properties of an event they miss. Touches no database. */
import { InvalidInputError } from '#platform/errors.ts';
import type { JsonObject } from '#platform/input/json.ts';
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';

const MAX_SCHEMA_BYTES = 64 * 1024;
/** An expression of the plan could take minutes on a text made for it, and a reference could leave the plan. */
const REFUSED_KEYWORDS: ReadonlySet<string> = new Set(['pattern', 'patternProperties', '$dynamicRef']);

export interface CheckedProperties {
  /** The expectation that it misses, without a value of the event; null where it fits. */
  readonly fault: { readonly field: string; readonly message: string } | null;
  /** The properties without those that the plan does not allow, for `strip`. */
  readonly stripped: JsonObject;
}

export type PlanCheck = (properties: JsonObject) => CheckedProperties;

/** @throws {InvalidInputError} no JSON Schema, or one that is not allowed */
export function compilePlan(schema: Readonly<Record<string, unknown>>): PlanCheck {
  if (Buffer.byteLength(JSON.stringify(schema)) > MAX_SCHEMA_BYTES) {
    throw new InvalidInputError('schema', `expected at most ${MAX_SCHEMA_BYTES} bytes of JSON`);
  }
  refuseKeywords(schema);
  return checkBy(compile(schema));
}

function compile(schema: Readonly<Record<string, unknown>>): ValidateFunction {
  // A compiler for each plan, so that `$id` of one plan is none of another.
  const compiler = new Ajv2020({
    strictSchema: true,
    strictTypes: false,
    strictTuples: false,
    validateFormats: false,
    allErrors: true,
    logger: false,
  });
  try {
    return compiler.compile(schema);
  } catch (error) {
    const message = (error as Error).message.slice(0, 300).toWellFormed();
    throw new InvalidInputError('schema', `expected a JSON Schema (draft 2020-12): ${message}`);
  }
}

function refuseKeywords(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, item] of Object.entries(value)) {
    if (REFUSED_KEYWORDS.has(key)) {
      throw new InvalidInputError('schema', `expected no \`${key}\`, which the gateway does not evaluate`);
    }
    if (key === '$ref' && !(typeof item === 'string' && item.startsWith('#'))) {
      throw new InvalidInputError('schema', 'expected references within the schema, which begin with #');
    }
    refuseKeywords(item);
  }
}

function checkBy(validate: ValidateFunction): PlanCheck {
  const fits = (properties: JsonObject): boolean => validate(properties);
  return (properties) => {
    if (fits(properties)) return { fault: null, stripped: properties };
    const fault = faultOf(validate.errors![0]!);
    let stripped = properties;
    // Each step takes properties away, so that it ends.
    while (!fits(stripped)) {
      const faulty = new Set(validate.errors!.map(propertyOf));
      const kept = Object.entries(stripped).filter(([name]) => !faulty.has(name));
      if (kept.length === Object.keys(stripped).length) break;
      stripped = Object.fromEntries(kept);
    }
    return { fault, stripped };
  };
}

/** The property at fault; null where one is missing. */
function propertyOf({ instancePath, keyword, params }: ErrorObject): string | null {
  const [, first] = instancePath.split('/');
  if (first !== undefined) return first.replaceAll('~1', '/').replaceAll('~0', '~');
  const name: unknown = (params as Readonly<Record<string, unknown>>)[
    keyword === 'unevaluatedProperties' ? 'unevaluatedProperty' : 'additionalProperty'
  ];
  return typeof name === 'string' ? name : null;
}

function faultOf(error: ErrorObject): NonNullable<CheckedProperties['fault']> {
  const { instancePath, message = 'does not fit' } = error;
  const place = instancePath === '' ? (propertyOf(error) ?? '') : instancePath.slice(1).replaceAll('/', '.');
  const field = `properties${place === '' ? '' : `.${place}`}`.slice(0, 200).toWellFormed();
  return { field, message: message.slice(0, 200).toWellFormed() };
}
