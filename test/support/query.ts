/** Asks the app of a test; texts, variables and answers are typed by the schema. */
import type { App } from '#platform/app.ts';
import type { Viewer } from '#platform/auth/viewer.ts';
import type { GraphQLError } from 'graphql';
import { expect } from 'vitest';

import { createContext, type StatementLog, type TestApp, viewerWith } from './app.ts';
import { read, type Run, runLikeServe, runOnce } from './differential.ts';
import type { Checked, Data, Variables } from './typed-text.ts';

export interface Answer<Answered> {
  readonly data?: Answered | null;
  readonly errors?: readonly GraphQLError[];
}

/** What an operation without an error answers. */
export async function query<const Text extends string>(
  app: App & Partial<StatementLog>,
  source: Checked<Text>,
  variables: Variables<Text> = {} as Variables<Text>,
  viewer: Viewer = viewerWith(),
): Promise<Data<Text>> {
  const { data, errors } = await execute<Text>(app, source, variables, viewer);
  expect(errors).toBeUndefined();
  return data!;
}

/** Runs an operation as `serve` does, and compares what queries answer with graphql-js; see `runLikeServe`. */
export async function execute<const Text extends string>(
  app: App & Partial<StatementLog>,
  source: Checked<Text>,
  variables: Variables<Text> = {} as Variables<Text>,
  viewer: Viewer = viewerWith(),
): Promise<Answer<Data<Text>>> {
  const answer = await runLikeServe(runOf(app, source, variables, viewer));
  return answer;
}

/** The first error of an operation that is to have one; its variables may be wrong in any way. */
export async function firstError<const Text extends string>(
  app: App & Partial<StatementLog>,
  source: Checked<Text>,
  variables: Readonly<Record<string, unknown>> = {},
  viewer: Viewer = viewerWith(),
): Promise<Pick<GraphQLError, 'message' | 'path' | 'extensions'> & { readonly code: unknown }> {
  const { errors } = await execute<Text>(app, source, variables as Variables<Text>, viewer);
  expect(errors).not.toBeUndefined();
  const { message, path, extensions } = errors![0]!;
  return { message, path, extensions, code: extensions['code'] };
}

/** As `execute`, for statements that only the first of several requests sends. */
export async function executeOnce<const Text extends string>(
  app: TestApp,
  source: Checked<Text>,
): Promise<Answer<Data<Text>>> {
  return read(await runOnce(runOf(app, source, {}, viewerWith())));
}

function runOf(app: Run['app'], source: string, variables: object, viewer: Viewer): Run {
  const now = app.clock();
  return {
    app,
    source,
    variables: variables as Run['variables'],
    createContext: () => createContext(app, viewer, now),
  };
}

/** A text that is put together at run time, and selects what the example does. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters
export function textLike<Example extends string>(text: string): Example {
  return text as Example;
}
