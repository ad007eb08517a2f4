/** Writes scalars and enum values as JSON, as their types serialise them. */
import { type GraphQLLeafType, isEnumType, specifiedScalarTypes } from 'graphql';

import { GlobalId } from '../global-id.ts';
import type { JsonWriter } from './json-writer.ts';

/** @returns false if the value serialises to null: nothing is written. @throws if it does not fit the type. */
export type WriteLeaf = (output: JsonWriter, value: unknown) => boolean;

export function leafWriter(type: GraphQLLeafType): WriteLeaf {
  const write = serializer(type);
  if (isEnumType(type)) {
    const names = new Map(type.getValues().map(({ value, name }) => [value as unknown, `"${name}"`]));
    return (output, value) => {
      const name = names.get(value);
      if (name === undefined) return write(output, value);
      output.writeAscii(name);
      return true;
    };
  }
  if (type.name === 'DateTime') return instantWriter(write);
  if (type.name === 'ID') return idWriter(shortcuts(type.name, write));
  return specifiedScalarTypes.some(({ name }) => name === type.name) ? shortcuts(type.name, write) : write;
}

const MAX_INT = 2 ** 31 - 1;

/** Fast paths of values that need no serialising. */
function shortcuts(name: string, write: WriteLeaf): WriteLeaf {
  if (name === 'Int') {
    return (output, value) => {
      if (!Number.isInteger(value) || Math.abs(value as number) > MAX_INT) return write(output, value);
      output.writeNumber(value as number);
      return true;
    };
  }
  if (name === 'Float') {
    return (output, value) => {
      if (!Number.isFinite(value)) return write(output, value);
      output.writeNumber(value as number);
      return true;
    };
  }
  if (name === 'Boolean') return write;
  return (output, value) => {
    if (typeof value !== 'string') return write(output, value);
    output.writeString(value);
    return true;
  };
}

function idWriter(write: WriteLeaf): WriteLeaf {
  return (output, value) => {
    if (!(value instanceof GlobalId)) return write(output, value);
    output.writeBase64(value.prefix, value.id);
    return true;
  };
}

/** Years of four digits. */
const FIRST_INSTANT = Date.UTC(1000, 0);
const LAST_INSTANT = Date.UTC(10_000, 0) - 1;

/** As `toISOString` would, in less than half of its time. */
function instantWriter(write: WriteLeaf): WriteLeaf {
  return (output, value) => {
    const time = value instanceof Date ? value.getTime() : Number.NaN;
    if (!(time >= FIRST_INSTANT && time <= LAST_INSTANT)) return write(output, value);
    output.writeInstant(time);
    return true;
  };
}

function serializer(type: GraphQLLeafType): WriteLeaf {
  return (output, value) => {
    const serialized: unknown = type.serialize(value);
    if (serialized == null) return false;
    if (typeof serialized === 'string') {
      output.writeString(serialized);
      return true;
    }
    if (serialized instanceof Date) {
      output.writeString(serialized.toISOString());
      return true;
    }
    const json = JSON.stringify(serialized) as string | undefined;
    if (json === undefined) return false;
    output.writeJson(json);
    return true;
  };
}
