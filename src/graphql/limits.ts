/** Limits of the text of a document: depth and aliases. Checked before validation, to bound its time. */
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLError,
  Kind,
  type SelectionSetNode,
  visit,
} from 'graphql';

import { requestError } from './request-error.ts';

export interface DocumentLimits {
  /** Nesting of fields, counted through fragments. */
  readonly depth: number;
  /** Aliased fields in the text of one document. */
  readonly aliases: number;
  /** Lexical tokens of one document. */
  readonly tokens: number;
  /** Sum over all fields, each multiplied by the sizes of its pages. */
  readonly complexity: number;
}

/** Each is validated against the schema. */
const MAX_OPERATIONS = 50;
/** Validation compares each selection with every other one of the same name: 1,200 took 90 ms. */
const MAX_REPEATS = 400;

/** The first limit that the document exceeds, or null. */
export function checkLimits(document: DocumentNode, limits: DocumentLimits): GraphQLError | null {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  let aliases = 0;
  const depthOfFragment = new Map<string, number>();

  function measure(selectionSet: SelectionSetNode): number {
    let deepest = 0;
    for (const selection of selectionSet.selections) {
      let depth = 0;
      if (selection.kind === Kind.FIELD) {
        if (selection.alias !== undefined) aliases += 1;
        // Introspection is deeply nested; a validation rule of graphql-js limits it.
        const isIntrospection = selection.name.value.startsWith('__');
        depth = 1 + (selection.selectionSet && !isIntrospection ? measure(selection.selectionSet) : 0);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        depth = measure(selection.selectionSet);
      } else {
        depth = depthOfFragment.get(selection.name.value) ?? measureFragment(selection.name.value);
      }
      if (depth > deepest) deepest = depth;
    }
    return deepest;
  }

  function measureFragment(name: string): number {
    const fragment = fragments.get(name);
    // Zero while it is being computed: it ends a cycle, which validation then reports.
    depthOfFragment.set(name, 0);
    const depth = fragment === undefined ? 0 : measure(fragment.selectionSet);
    depthOfFragment.set(name, depth);
    return depth;
  }

  let depth = 0;
  let operations = 0;
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    operations += 1;
    depth = Math.max(depth, measure(definition.selectionSet));
  }
  if (operations > MAX_OPERATIONS) {
    return requestError(`The document has ${operations} operations; at most ${MAX_OPERATIONS} are allowed.`, {
      code: 'TOO_MANY_OPERATIONS',
      status: 400,
      isSpecified: true,
    });
  }
  const [name, times] = mostRepeated(document);
  if (times > MAX_REPEATS) {
    const message = `The document selects \`${name}\` with fields of its own ${times} times; at most ${MAX_REPEATS} are allowed.`;
    return requestError(message, { code: 'TOO_MANY_REPEATS', status: 400, isSpecified: true });
  }
  if (aliases > limits.aliases) {
    return requestError(`The document has ${aliases} aliases; at most ${limits.aliases} are allowed.`, {
      code: 'TOO_MANY_ALIASES',
      status: 400,
      isSpecified: true,
    });
  }
  if (depth > limits.depth) {
    return requestError(`The document is nested ${depth} fields deep; at most ${limits.depth} are allowed.`, {
      code: 'QUERY_TOO_DEEP',
      status: 400,
      isSpecified: true,
    });
  }
  return null;
}

/** The response name that is selected most often with sub-selections, over the text of the document. */
function mostRepeated(document: DocumentNode): readonly [name: string, times: number] {
  const counts = new Map<string, number>();
  let most: readonly [string, number] = ['', 0];
  visit(document, {
    Field({ alias, name, selectionSet }) {
      if (selectionSet === undefined) return;
      const key = (alias ?? name).value;
      const count = (counts.get(key) ?? 0) + 1;
      counts.set(key, count);
      if (count > most[1]) most = [key, count];
    },
  });
  return most;
}
