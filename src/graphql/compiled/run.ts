/**
 * Runs a plan and writes the answer as JSON, with no result object between. Handles no error: where one comes up
 * the run is given up, and graphql-js answers the query anew, errors and all.
 */
import { defaultTypeResolver, getArgumentValues, type GraphQLResolveInfo, type GraphQLSchema } from 'graphql';

import { isSliceSpentByNow, nextTurn } from '#platform/pacing.ts';
import type { RequestContext } from '#platform/request.ts';

import type { Variables } from '../complexity.ts';
import { JsonWriter } from './json-writer.ts';
import type { AbstractOutput, FieldPlan, OperationPlan, OutputPlan, SelectionPlan } from './plan.ts';

const COMMA = 0x2c;

/** The whole body of an answer without errors; null where graphql-js must answer. */
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

/** A stretch of the answer: ranges of the output, with gaps between that are filled as promises settle. */
class Piece {
  /** Where the range begins that is being written. */
  #start = 0;
  /** Starts and ends of ranges, two numbers each; between one and the next stands a gap. */
  readonly #ranges: number[] = [];
  readonly #gaps: Piece[] = [];

  /** From here on the output's end is this piece's. */
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

  /** Puts everything in order. @returns the end in the target */
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
  /** By the index of the field; the same for every parent. */
  readonly #arguments: Readonly<Record<string, unknown>>[] = [];
  readonly #infos: GraphQLResolveInfo[] = [];
  #gaps = 0;
  /** Gaps whose values are there, in turns that had no time left. */
  readonly #late: (() => void)[] = [];
  #isGivenUp = false;
  #answer: ((written: ResponseBody) => void) | null = null;

  constructor(schema: GraphQLSchema, plan: OperationPlan, variables: Variables, context: RequestContext) {
    this.#schema = schema;
    this.#plan = plan;
    this.#variables = variables;
    this.#context = context;
  }

  /** Once every gap is filled, or the run is given up. */
  settle(): ResponseBody | Promise<ResponseBody> {
    if (this.#isGivenUp || this.#gaps === 0) return this.#finish();
    return new Promise((resolve) => {
      // Not a closure of our own: V8 makes one that is assigned to a property in the old generation, where it keeps all
      // of the request alive until the next full collection.
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

  /** Apart from `#writeValue`: a function with a closure in it makes room for that at every call. */
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
    // By index where it can be: an iterator makes an object per step.
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
      // A loader settles for everybody on a page at once: together they may take long to write.
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

  /** In later turns, as many in each as it has time for. */
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
      // Where in a list a value stands is not kept: errors, which tell it, come from graphql-js.
      path: { prev: undefined, key: field.name, typename: field.parentType.name },
      schema: this.#schema,
      fragments,
      rootValue: undefined,
      operation: operation.definition,
      variableValues: this.#variables,
    });
  }
}
