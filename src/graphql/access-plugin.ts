/** Field option `scopes`: what a caller must hold to select the field. Checked per document, see access.ts. */
import SchemaBuilder, { BasePlugin, type PothosOutputFieldConfig, type SchemaTypes } from '@pothos/core';

import type { Scope } from '#platform/auth/viewer.ts';

const PLUGIN_NAME = 'c360Access';

declare global {
  // oxlint-disable-next-line typescript/no-namespace
  export namespace PothosSchemaTypes {
    // oxlint-disable-next-line no-unused-vars
    interface Plugins<Types extends SchemaTypes> {
      c360Access: AccessPlugin<Types>;
    }
    interface FieldOptions {
      /** Scopes of which the caller must hold every one; `[]` is open to every caller with a key. */
      scopes?: readonly Scope[];
    }
  }
}

class AccessPlugin<Types extends SchemaTypes> extends BasePlugin<Types> {
  override onOutputFieldConfig(field: PothosOutputFieldConfig<Types>): PothosOutputFieldConfig<Types> {
    const { scopes } = field.pothosOptions as { scopes?: readonly Scope[] };
    return scopes === undefined ? field : { ...field, extensions: { ...field.extensions, scopes } };
  }
}

SchemaBuilder.registerPlugin(PLUGIN_NAME, AccessPlugin);
export const accessPlugin = PLUGIN_NAME;
