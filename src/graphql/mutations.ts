/** Mutations of one form: one input, and a union of a payload and errors that the caller can fix. */
import type { InputRef, OutputRef } from '@pothos/core';

import type { DomainError } from '#platform/errors.ts';
import type { RequestContext } from '#platform/request.ts';

import { builder } from './builder.ts';

// Required by the builder for classes.
// oxlint-disable-next-line typescript/no-explicit-any
export type ErrorClass<Fields = unknown> = new (...parameters: any[]) => DomainError & Fields;

export interface MutationOptions<Input, Payload> {
  readonly description: string;
  readonly payload: OutputRef<Payload>;
  readonly errors: readonly ErrorClass[];
  readonly input: InputRef<Input>;
  readonly inputDescription: string;
  readonly resolve: (input: Input, context: RequestContext) => Promise<Payload>;
}

export function defineMutation<Input, Payload>(
  name: string,
  { description, payload, errors, input, inputDescription, resolve }: MutationOptions<Input, Payload>,
): void {
  builder.mutationField(name, (t) =>
    t.field({
      type: payload,
      description,
      errors: { types: [...errors], directResult: true },
      args: { input: t.arg({ type: input, required: true, description: inputDescription }) },
      // The builder cannot infer the shapes of types that it does not know yet.
      resolve: (_, args, context) => resolve((args as unknown as { input: Input }).input, context) as never,
    }),
  );
}
