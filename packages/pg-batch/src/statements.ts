/** The statements that one connection has prepared, by text and by the types of their values. Sends nothing. */
import { inferType } from './parameters.ts';
import { Statement } from './statement.ts';

export class Statements {
  /** Of one text mostly one; more where a value is a date for one caller and null for the other. */
  readonly #byText = new Map<string, Statement[]>();
  #count = 0;

  /** The one to run, prepared or not yet. */
  find(text: string, values: readonly unknown[], cacheStatement: boolean): Statement {
    const known = this.#byText.get(text);
    if (known !== undefined) {
      for (let index = 0; index < known.length; index += 1) {
        if (fits(known[index]!, values)) return known[index]!;
      }
    }
    this.#count += 1;
    const statement = new Statement(text, values.map(inferType), `c360_${this.#count}`, cacheStatement);
    if (cacheStatement) this.#byText.set(text, [...(known ?? []), statement]);
    return statement;
  }

  forget(statement: Statement): void {
    const known = this.#byText.get(statement.text);
    if (known === undefined) return;
    const kept = known.filter((one) => one !== statement);
    if (kept.length > 0) this.#byText.set(statement.text, kept);
    else this.#byText.delete(statement.text);
  }
}

function fits({ declaredTypes }: Statement, values: readonly unknown[]): boolean {
  if (declaredTypes.length !== values.length) return false;
  for (let index = 0; index < values.length; index += 1) {
    if (inferType(values[index]) !== declaredTypes[index]) return false;
  }
  return true;
}
