/** The mutations of a named resource: create, update, duplicate, archive. Their types are named after the resource. */
import type { InputRef, OutputRef } from '@pothos/core';

import { builder } from '#graphql/builder.ts';
import { readGlobalId } from '#graphql/global-id.ts';
import { defineMutation, type ErrorClass } from '#graphql/mutations.ts';
import { InvalidInputError, NotFoundError } from '#platform/errors.ts';
import type { RequestContext } from '#platform/request.ts';

import { archiveInput, defineKeyTakenError, duplicateInput, type NamedType } from './graphql.ts';

/** Key of a copy, and its name where it is not that of the original. */
export interface Copy {
  readonly key: string;
  readonly name?: string | null | undefined;
}

interface Verb<Payload> {
  readonly description: string;
  /** Description of the payload. */
  readonly done: string;
  /** Beside the errors about input, id and key. */
  readonly errors?: readonly ErrorClass[];
  /** A payload with more than the resource. */
  readonly payload?: (name: string, description: string) => OutputRef<Payload>;
}

type WithInput<Input> = { readonly input: InputRef<Input> };
type Create<Input, Payload> = (input: Input, context: RequestContext) => Promise<Payload>;
type Change<Input, Payload> = (id: string, input: Input, context: RequestContext) => Promise<Payload>;
type Archive<Payload> = (id: string, context: RequestContext) => Promise<Payload>;
type Identified = { readonly id: string | number };

/** @param keyTaken class of the resource, named as in the schema */
export function namedMutations<Row extends object>(
  { type, noun, field, ref }: NamedType<Row>,
  keyTaken: ErrorClass<{ readonly key: string }>,
) {
  defineKeyTakenError(keyTaken, noun);

  function rowPayload(name: string, description: string): OutputRef<Row> {
    return builder.objectRef<Row>(name).implement({
      description,
      fields: (t) => ({
        [field]: t.field({
          type: ref,
          description: `The ${noun} as it is now.`,
          resolve: (row) => row as never,
        }),
      }),
    });
  }

  function define<Input, Payload>(
    verb: 'create' | 'update' | 'duplicate' | 'archive',
    { description, done, errors = [], payload }: Verb<Payload>,
    own: readonly ErrorClass[],
    input: InputRef<Input>,
    resolve: Create<Input, Payload>,
  ): void {
    const name = `${verb.charAt(0).toUpperCase()}${verb.slice(1)}${type}Payload`;
    defineMutation<Input, Payload>(`${verb}${type}`, {
      description,
      payload: (payload ?? (rowPayload as NonNullable<typeof payload>))(name, done),
      errors: [InvalidInputError, ...own, ...errors],
      input,
      inputDescription: verb === 'update' ? 'The changes.' : `The ${noun}.`,
      resolve,
    });
  }

  /** Decodes the id and passes the rest of the input on. */
  function split<Input extends Identified, Payload>(
    resolve: Change<Omit<Input, 'id'>, Payload>,
  ): Create<Input, Payload> {
    return async ({ id, ...rest }, context) => resolve(readGlobalId(type, String(id)), rest, context);
  }

  return {
    create<Input, Payload = Row>({
      input,
      resolve,
      ...verb
    }: Verb<Payload> & WithInput<Input> & { readonly resolve: Create<Input, Payload> }): void {
      define('create', verb, [keyTaken], input, resolve);
    },
    update<Input extends Identified, Payload = Row>({
      input,
      resolve,
      ...verb
    }: Verb<Payload> & WithInput<Input> & { readonly resolve: Change<Omit<Input, 'id'>, Payload> }): void {
      define('update', verb, [NotFoundError], input, split(resolve));
    },
    duplicate<Payload = Row>({
      resolve,
      ...verb
    }: Verb<Payload> & { readonly resolve: Change<Copy, Payload> }): void {
      define('duplicate', verb, [NotFoundError, keyTaken], duplicateInput(type, noun), split(resolve));
    },
    archive<Payload = Row>({
      resolve,
      ...verb
    }: Verb<Payload> & { readonly resolve: Archive<Payload> }): void {
      const input = archiveInput(type, noun);
      define(
        'archive',
        verb,
        [NotFoundError],
        input,
        split((id, _, context) => resolve(id, context)),
      );
    },
  };
}
