/** The row type of every statement in the source, as the compiler sees it. Runs none. */
import { join, relative } from 'node:path';

import type { CallExpression, Node } from 'typescript/unstable/ast';
import {
  isCallExpression,
  isIdentifier,
  isNoSubstitutionTemplateLiteral,
  isPropertyAccessExpression,
  isStringLiteral,
  isTemplateHead,
} from 'typescript/unstable/ast/is';
import { API, type Checker, type Project, SymbolFlags, type Type, TypeFlags } from 'typescript/unstable/sync';

/** What a value of a row is in this process: see `Database`. */
export type ValueKind = 'text' | 'number' | 'boolean' | 'instant' | 'bytes' | 'list' | 'json' | 'unknown';

export interface StatementRow {
  /** As in the leading comment of its text; null where that is put together elsewhere. */
  readonly name: string | null;
  /** Such as `src/customers/queries.ts:61`. */
  readonly location: string;
  readonly columns: Columns;
}

export type Columns = ReadonlyMap<string, Column>;

export interface Column {
  readonly kinds: ReadonlySet<ValueKind>;
  /** Whether a text may leave it out. */
  readonly isOptional: boolean;
}

const METHODS = new Set(['query', 'queryBatched', 'queryUnprepared']);
/** They pass on the statements of others, or read a table that is a parameter, by columns derived from it. */
const GENERIC = /^src\/(platform\/(database\/|jobs\.ts)|named-resources\/)/;

/** All whose rows are read. */
export function readStatementRows(folder: string): readonly StatementRow[] {
  const api = new API({ cwd: folder });
  try {
    const configFile = join(folder, 'tsconfig.json');
    const [project] = api.updateSnapshot({ openProjects: [configFile] }).getProjects();
    return [...statementRows(project!, folder)];
  } finally {
    api.close();
  }
}

function* statementRows({ program, checker }: Project, folder: string): Generator<StatementRow> {
  for (const fileName of program.getSourceFileNames()) {
    const path = relative(folder, fileName);
    if (!path.startsWith('src/') || GENERIC.test(path)) continue;
    const file = program.getSourceFile(fileName)!;
    for (const call of callsIn(file)) {
      const columns = columnsOf(checker, checker.getTypeAtLocation(call)!);
      if (columns === null) continue;
      const line = file.text.slice(0, call.getStart(file)).split('\n').length;
      yield { name: nameOf(checker, call), location: `${path}:${line}`, columns };
    }
  }
}

function* callsIn(root: Node): Generator<CallExpression> {
  const open: Node[] = [root];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (isCallExpression(node) && isPropertyAccessExpression(node.expression)) {
      const method = node.expression.name;
      if (isIdentifier(method) && METHODS.has(method.text)) yield node;
    }
    node.forEachChild((child) => void open.push(child));
  }
}

/** In the text itself, or where the constant or function that gives it is declared. */
function nameOf(checker: Checker, { arguments: [text] }: CallExpression): string | null {
  if (text === undefined) return null;
  const here = nameIn(text);
  if (here !== null) return here;
  const origin = isCallExpression(text) ? text.expression : text;
  const declaration = checker.getSymbolAtLocation(origin)?.valueDeclaration?.resolve();
  return declaration === undefined ? null : nameIn(declaration);
}

function nameIn(root: Node): string | null {
  if (isStringLiteral(root) || isNoSubstitutionTemplateLiteral(root) || isTemplateHead(root)) {
    return statementName(root.text);
  }
  let found: string | null = null;
  root.forEachChild((child) => void (found ??= nameIn(child)));
  return found;
}

export function statementName(text: string): string | null {
  return /^\/\* (\S+) \*\//.exec(text)?.[1] ?? null;
}

/** Null where no row is read. */
function columnsOf(checker: Checker, promise: Type): Columns | null {
  const [rows] = argumentsOf(checker, promise);
  const [row] = rows === undefined ? [] : argumentsOf(checker, rows);
  if (row === undefined || row.flags & (TypeFlags.AnyOrUnknown | TypeFlags.Instantiable)) return null;
  const properties = checker.getPropertiesOfType(row);
  return properties.length === 0
    ? null
    : new Map(
        properties.map((property) => [
          property.name,
          {
            kinds: kindsOf(checker, checker.getTypeOfSymbol(property)!),
            isOptional: Boolean(property.flags & SymbolFlags.Optional),
          },
        ]),
      );
}

function argumentsOf(checker: Checker, type: Type): readonly Type[] {
  return type.isTypeReference() ? checker.getTypeArguments(type) : [];
}

function kindsOf(checker: Checker, type: Type): ReadonlySet<ValueKind> {
  const alternatives = type.isUnionType() ? type.getTypes() : [type];
  const values = alternatives.filter(({ flags }) => !(flags & (TypeFlags.Nullable | TypeFlags.Void)));
  return new Set(values.map((one) => kindOf(checker, one)));
}

function kindOf(checker: Checker, type: Type): ValueKind {
  const { flags } = type;
  if (flags & TypeFlags.StringLike) return 'text';
  if (flags & TypeFlags.NumberLike) return 'number';
  if (flags & TypeFlags.BooleanLike) return 'boolean';
  if (!(flags & (TypeFlags.Object | TypeFlags.Intersection))) return 'unknown';
  const name = type.getSymbol()?.name;
  if (name === 'Date') return 'instant';
  if (name === 'Uint8Array') return 'bytes';
  return checker.isArrayLikeType(type) ? 'list' : 'json';
}
