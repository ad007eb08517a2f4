/**
 * What GraphQL texts answer and take by the schema, read by the compiler: a field that the schema lacks is an error of
 * types. Not read are arguments (the engine checks them) and spreads of named fragments.
 */
import type { Inputs, Outputs, Ref } from './schema-types.d.ts';

/** What a text answers; `unknown` for one that is put together at run time. */
export type Data<Text extends string> = string extends Text ? unknown : Parsed<Text>['data'];

/** The text itself where the schema has all its fields, else a text that names those that it lacks. */
export type Checked<Text extends string> = string extends Text
  ? Text
  : [Parsed<Text>['lacks']] extends [never]
    ? Text
    : `The schema has no ${Parsed<Text>['lacks']}`;

/** What a text takes; a text that is put together at run time has variables of any name. */
export type Variables<Text extends string> = string extends Text
  ? Readonly<Record<string, unknown>>
  : Text extends `${infer Head}{${string}`
    ? Head extends `${string}(${infer Definitions})${string}`
      ? VariablesOf<Definitions>
      : Readonly<Record<string, never>>
    : never;

interface Selection<Data, Lacks extends string, Rest extends string> {
  readonly data: Data;
  readonly lacks: Lacks;
  readonly rest: Rest;
}

type Parsed<Text extends string> = Text extends `${infer Head}{${infer Body}`
  ? Select<Trim<Body>, RootOf<Trim<Head>>>
  : Selection<unknown, 'operation', ''>;

type RootOf<Head extends string> = Head extends `mutation${string}`
  ? 'Mutation'
  : Head extends `subscription${string}`
    ? 'Subscription'
    : 'Query';

/**
 * @param Text what follows the brace that opens a selection
 * @param Fields pairs of a name in the answer and its type; the same name twice has either
 */
type Select<
  Text extends string,
  Type extends keyof Outputs,
  Fields extends readonly [string, unknown] = never,
  Lacks extends string = never,
> = Text extends `}${infer Rest}`
  ? Selection<{ [Field in Fields as Field[0]]: Field[1] }, Lacks, Trim<Rest>>
  : Text extends `...${infer Rest}`
    ? Trim<Rest> extends `on ${infer On}{${infer Body}`
      ? Word<On> extends infer Member extends keyof Outputs
        ? Select<Trim<Body>, Member> extends Selection<infer Data, infer More, infer Rest>
          ? Select<Rest, Type, Fields | Pairs<Data, Member extends Type ? never : undefined>, Lacks | More>
          : Stuck<Text>
        : Selection<unknown, `type ${Word<On>}`, ''>
      : Stuck<Text>
    : Word<Text> extends infer Name extends string
      ? Text extends `${Name}${infer Rest}`
        ? Trim<Rest> extends `:${infer Rest}`
          ? Trim<Rest> extends infer Rest extends string
            ? Word<Rest> extends infer Field extends string
              ? Rest extends `${Field}${infer Rest}`
                ? SelectField<Name, Field, AfterArguments<Trim<Rest>>, Type, Fields, Lacks>
                : Stuck<Text>
              : Stuck<Text>
            : Stuck<Text>
          : SelectField<Name, Name, AfterArguments<Trim<Rest>>, Type, Fields, Lacks>
        : Stuck<Text>
      : Stuck<Text>;

type SelectField<
  Alias extends string,
  Name extends string,
  Text extends string,
  Type extends keyof Outputs,
  Fields extends readonly [string, unknown],
  Lacks extends string,
> = Name extends keyof Outputs[Type]
  ? Text extends `{${infer Body}`
    ? Select<Trim<Body>, RefOf<Outputs[Type][Name]>> extends Selection<infer Data, infer More, infer Rest>
      ? Select<Rest, Type, Fields | [Alias, Put<Outputs[Type][Name], Data>], Lacks | More>
      : Stuck<Text>
    : Select<Text, Type, Fields | [Alias, Outputs[Type][Name]], Lacks>
  : Selection<unknown, Lacks | (Name extends '' ? never : `${Type}.${Name}`), ''>;

type Stuck<Text extends string> = Selection<unknown, `meaning that is read here for: ${Text}`, ''>;

type Pairs<Data, Absent> = { [Key in keyof Data & string]: [Key, Data[Key] | Absent] }[keyof Data & string];

type RefOf<Type> =
  Type extends Ref<infer Name extends keyof Outputs>
    ? Name
    : Type extends readonly (infer Item)[]
      ? RefOf<Item>
      : never;
type Put<Type, Data> =
  Type extends Ref<string> ? Data : Type extends readonly (infer Item)[] ? readonly Put<Item, Data>[] : Type;

type Trim<Text extends string> = Text extends `    ${infer Rest}`
  ? Trim<Rest>
  : Text extends ` ${infer Rest}` | `\n${infer Rest}` | `,${infer Rest}`
    ? Trim<Rest>
    : Text;

/** The name at the beginning of a text. */
type Word<Text extends string> = Text extends `${infer Head} ${string}` ? Cut<Head> : Cut<Text>;
type Cut<Text extends string> = Before<
  Before<Before<Before<Before<Before<Text, '\n'>, '}'>, '('>, ':'>, '{'>,
  ','
>;
type Before<Text extends string, Mark extends string> = Text extends `${infer Head}${Mark}${string}`
  ? Head
  : Text;

type AfterArguments<Text extends string> = Text extends `(${infer Rest}` ? Trim<AfterClosing<Rest>> : Text;
/** A parenthesis within a string does not close. */
type AfterClosing<Text extends string> = Text extends `${infer Head})${infer Rest}`
  ? IsWithinString<Head> extends true
    ? AfterClosing<`"${Rest}`>
    : Rest
  : '';
type IsWithinString<Text extends string> = Text extends `${string}"${string}"${infer Rest}`
  ? IsWithinString<Rest>
  : Text extends `${string}"${string}`
    ? true
    : false;

type VariablesOf<Text extends string> = {
  [Each in Defined<Text> as Each extends Optional ? never : Each['name']]: Each['type'];
} & {
  [Each in Defined<Text> as Each extends Optional ? Each['name'] : never]?: Each['type'] | undefined;
};
interface Optional {
  readonly isOptional: true;
}
type Defined<Text extends string> = Text extends `${string}$${infer Name}:${infer Rest}`
  ? Rest extends `${infer Type}$${infer More}`
    ? Definition<Name, Trim<Type>> | Defined<`$${More}`>
    : Definition<Name, Trim<Rest>>
  : never;
type Definition<Name extends string, Type extends string> = Type extends `${infer Type}=${string}`
  ? { name: Name; type: InputOf<Word<Type>>; isOptional: true }
  : { name: Name; type: InputOf<Word<Type>>; isOptional: Word<Type> extends `${string}!` ? false : true };
type InputOf<Type extends string> = Type extends `${infer Inner}!`
  ? NonNullInputOf<Inner>
  : NonNullInputOf<Type> | null;
type NonNullInputOf<Type extends string> = Type extends `[${infer Item}]`
  ? readonly InputOf<Item>[]
  : Type extends keyof Inputs
    ? Inputs[Type]
    : never;
