/**
 * Runs a plan and writes the response as JSON, without a result object. Handles no errors: on an error the run bails
 * out, and graphql-js runs the query again and reports them.
 */
import { defaultTypeResolver, getArgumentValues, type GraphQLResolveInfo, type GraphQLSchema } from 'graphql';

import { isSliceSpentByNow, nextTurn } from '#platform/pacing.ts';
import type { RequestContext } from '#platform/request.ts';

import type { Variables } from '../complexity.ts';
import { JsonWriter } from './json-writer.ts';
import type { AbstractOutput, FieldPlan, OperationPlan, OutputPlan, SelectionPlan } from './plan.ts';

const COMMA = 0x2c;

/** The complete body of a response without errors; null where graphql-js must answer. */
export type ResponseBody = Uint8Array | null;

export function runPlan(
  schema: GraphQLSchema,
  plan: OperationPlan,
  variables: Variables,
  context: RequestContext,
): ResponseBody | Promise<ResponseBody> {
  const run = new Run(schema, plan, variables, context);
  try {
    run.writeBody();
  } catch {
    run.giveUp();
  }
  return run.settle();
}

/**
 * A fragment of the response: ranges of the output, with placeholders between them that are filled as promises settle.
 */
class Piece {
  /** Start of the range that is being written. */
  #start = 0;
  /** Starts and ends of ranges, two numbers each; a placeholder follows each range but the last. */
  readonly #ranges: number[] = [];
  readonly #gaps: Piece[] = [];

  /** Directs the output to this fragment. */
  begin(output: JsonWriter): void {
    this.#start = output.length;
  }

  end(output: JsonWriter): void {
    this.#ranges.push(this.#start, output.length);
  }

  leaveGap(output: JsonWriter): Piece {
    this.end(output);
    this.begin(output);
    const gap = new Piece();
    this.#gaps.push(gap);
    return gap;
  }

  /** Copies the ranges in order. @returns the end in the target */
  copy(output: JsonWriter, target: Uint8Array, offset: number): number {
    let end = offset;
    for (let range = 0; range < this.#ranges.length; range += 2) {
      const from = this.#ranges[range]!;
      const to = this.#ranges[range + 1]!;
      output.copy(from, to, target, end);
      end = this.#gaps[range / 2]?.copy(output, target, end + to - from) ?? end + to - from;
    }
    return end;
  }
}

class Run {
  readonly #schema: GraphQLSchema;
  readonly #plan: OperationPlan;
  readonly #variables: Variables;
  readonly #context: RequestContext;
  readonly #output = new JsonWriter();
  readonly #body = new Piece();
  /** By the index of the field; shared by all parents. */
  readonly #arguments: Readonly<Record<string, unknown>>[] = [];
  readonly #infos: GraphQLResolveInfo[] = [];
  #gaps = 0;
  /** Placeholders whose values are ready, waiting for a turn with time left. */
  readonly #late: (() => void)[] = [];
  #isGivenUp = false;
  #answer: ((written: ResponseBody) => void) | null = null;

  constructor(schema: GraphQLSchema, plan: OperationPlan, variables: Variables, context: RequestContext) {
    this.#schema = schema;
    this.#plan = plan;
    this.#variables = variables;
    this.#context = context;
  }

  /** When every placeholder is filled, or the run has bailed out. */
  settle(): ResponseBody | Promise<ResponseBody> {
    if (this.#isGivenUp || this.#gaps === 0) return this.#finish();
    return new Promise((resolve) => {
      // Not a closure: V8 allocates one that is assigned to a property in the old generation, where it retains the
      // request until the next full collection.
      this.#answer = resolve;
    });
  }

  giveUp(): void {
    this.#isGivenUp = true;
    this.#end();
  }

  #end(): void {
    this.#answer?.(this.#finish());
  }

  #finish(): ResponseBody {
    const answer = this.#isGivenUp ? null : Buffer.allocUnsafe(this.#output.length);
    if (answer !== null) this.#body.copy(this.#output, answer, 0);
    this.#output.release();
    return answer;
  }

  writeBody(): void {
    this.#body.begin(this.#output);
    this.#output.writeAscii('{"data":');
    this.#writeSelection(this.#plan.selection, undefined, this.#body);
    this.#output.writeAscii('}');
    this.#body.end(this.#output);
  }

  #writeSelection({ fields }: SelectionPlan, source: unknown, piece: Piece): void {
    if (fields.length === 0) this.#output.writeAscii('{');
    for (const field of fields) {
      this.#output.writeAscii(field.prefix);
      this.#writeValue(field.output, field, this.#resolve(field, source), piece);
    }
    this.#output.writeAscii('}');
  }

  #resolve(field: FieldPlan, source: unknown): unknown {
    if (field.resolve !== null) {
      return field.resolve(source, this.#argumentsOf(field), this.#context, this.#infoOf(field));
    }
    const value = (source as Record<string, unknown> | null | undefined)?.[field.name];
    if (typeof value !== 'function') return value;
    return (source as Record<string, (...parameters: unknown[]) => unknown>)[field.name]!(
      this.#argumentsOf(field),
      this.#context,
      this.#infoOf(field),
    );
  }

  #writeValue(plan: OutputPlan, field: FieldPlan, value: unknown, piece: Piece): void {
    if (value == null) {
      this.#writeNull(plan);
      return;
    }
    if (typeof value === 'object') {
      if (typeof (value as PromiseLike<unknown>).then === 'function') {
        this.#writeValueLater(plan, field, value as PromiseLike<unknown>, piece);
        return;
      }
      if (value instanceof Error) throw value;
    }
    if (plan.kind === 'leaf') {
      if (!plan.write(this.#output, value)) this.#writeNull(plan);
    } else if (plan.kind === 'object') this.#writeSelection(plan.selection, value, piece);
    else if (plan.kind === 'list') this.#writeList(plan.item, field, value, piece);
    else this.#writeAbstract(plan, field, value, piece);
  }

  /** Apart from `#writeValue`: a function that contains a closure allocates its context at every call. */
  #writeValueLater(plan: OutputPlan, field: FieldPlan, value: PromiseLike<unknown>, piece: Piece): void {
    this.#writeLater(value, piece, (settled, gap) => this.#writeValue(plan, field, settled, gap));
  }

  #writeNull({ isRequired }: OutputPlan): void {
    if (isRequired) throw new Error('a null where there must be none');
    this.#output.writeAscii('null');
  }

  #writeList(item: OutputPlan, field: FieldPlan, value: unknown, piece: Piece): void {
    if (typeof value !== 'object' || !(Symbol.iterator in value!)) throw new Error('not a list');
    this.#output.writeAscii('[');
    // By index where possible: an iterator allocates an object per step.
    const items = Array.isArray(value) ? (value as readonly unknown[]) : [...(value as Iterable<unknown>)];
    for (let index = 0; index < items.length; index += 1) {
      if (index > 0) this.#output.writeByte(COMMA);
      this.#writeValue(item, field, items[index], piece);
    }
    this.#output.writeAscii(']');
  }

  #writeAbstract(plan: AbstractOutput, field: FieldPlan, value: unknown, piece: Piece): void {
    const resolveType = plan.type.resolveType ?? defaultTypeResolver;
    const name = resolveType(value, this.#context, this.#infoOf(field), plan.type);
    if (typeof name === 'object') {
      this.#writeLater(name, piece, (settled, gap) =>
        this.#writeSelection(plan.selectionOf(String(settled)), value, gap),
      );
    } else this.#writeSelection(plan.selectionOf(String(name)), value, piece);
  }

  #writeLater<T>(promise: PromiseLike<T>, piece: Piece, write: (settled: T, gap: Piece) => void): void {
    const gap = piece.leaveGap(this.#output);
    this.#gaps += 1;
    const fill = (settled: T): void => {
      if (this.#isGivenUp) return;
      try {
        gap.begin(this.#output);
        write(settled, gap);
        gap.end(this.#output);
      } catch {
        this.giveUp();
        return;
      }
      this.#gaps -= 1;
      if (this.#gaps === 0) this.#end();
    };
    const giveUp = (): void => {
      if (!this.#isGivenUp) this.giveUp();
    };
    promise.then((settled) => {
      // A loader settles for all rows of a page at once, and writing all of them may take long.
      if (isSliceSpentByNow()) this.#putOff(() => fill(settled));
      else fill(settled);
    }, giveUp);
  }

  #putOff(fill: () => void): void {
    this.#late.push(fill);
    if (this.#late.length === 1) {
      this.#fillLate().catch(() => {
        if (!this.#isGivenUp) this.giveUp();
      });
    }
  }

  /** In later turns, as many in each as fit into its slice. */
  async #fillLate(): Promise<void> {
    for (let index = 0; index < this.#late.length; index += 1) {
      if (index === 0 || isSliceSpentByNow()) await nextTurn(this.#context.signal);
      this.#late[index]!();
    }
    this.#late.length = 0;
  }

  #argumentsOf(field: FieldPlan): Readonly<Record<string, unknown>> {
    return (
      field.fixedArguments ??
      (this.#arguments[field.index] ??= getArgumentValues(field.definition, field.nodes[0]!, this.#variables))
    );
  }

  #infoOf(field: FieldPlan): GraphQLResolveInfo {
    const { operation, fragments } = this.#plan;
    return (this.#infos[field.index] ??= {
      fieldName: field.name,
      fieldNodes: field.nodes,
      returnType: field.definition.type,
      parentType: field.parentType,
      // Indexes in lists are not tracked: only errors contain them, and those come from graphql-js.
      path: { prev: undefined, key: field.name, typename: field.parentType.name },
      schema: this.#schema,
      fragments,
      rootValue: undefined,
      operation: operation.definition,
      variableValues: this.#variables,
    });
  }
}
