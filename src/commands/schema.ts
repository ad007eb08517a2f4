/** `c360 schema print`: the GraphQL schema as text. */
import type { Command } from 'commander';
import { lexicographicSortSchema, printSchema } from 'graphql';

import { schema } from '#main/schema.ts';
import { examples } from './examples.ts';
import { print } from './terminal.ts';

export function addSchemaCommand(program: Command): void {
  program
    .command('schema')
    .description('the GraphQL schema')
    .command('print')
    .description('print the schema in SDL; `schema.graphql` is this text')
    .addHelpText('after', examples('schema print > schema.graphql'))
    .action(() => print(printSchema(lexicographicSortSchema(schema))));
}
