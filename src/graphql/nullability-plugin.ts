/**
 * Makes fields nullable that can fail, so that an error removes no more than its own field.
 *
 * An error in a non-null field removes the object around it, and in a root field all other results of the operation.
 * Root fields and fields with arguments are therefore nullable, and so is a field with `canFail`.
 */
import SchemaBuilder, { BasePlugin, type PothosOutputFieldConfig, type SchemaTypes } from '@pothos/core';

const PLUGIN_NAME = 'c360Nullability';
const ROOT_TYPES: ReadonlySet<string> = new Set(['Query', 'Mutation', 'Subscription']);

declare global {
  // oxlint-disable-next-line typescript/no-namespace
  export namespace PothosSchemaTypes {
    // oxlint-disable-next-line no-unused-vars
    interface Plugins<Types extends SchemaTypes> {
      c360Nullability: NullabilityPlugin<Types>;
    }
    interface FieldOptions {
      /** Overrides the rule: true for a computed field without arguments, false for one that cannot fail. */
      canFail?: boolean;
    }
  }
}

class NullabilityPlugin<Types extends SchemaTypes> extends BasePlugin<Types> {
  override onOutputFieldConfig(field: PothosOutputFieldConfig<Types>): PothosOutputFieldConfig<Types> {
    const { canFail = ROOT_TYPES.has(field.parentType) || Object.keys(field.args).length > 0 } =
      field.pothosOptions as { canFail?: boolean };
    return canFail ? { ...field, type: { ...field.type, nullable: true } } : field;
  }
}

SchemaBuilder.registerPlugin(PLUGIN_NAME, NullabilityPlugin);
export const nullabilityPlugin = PLUGIN_NAME;
