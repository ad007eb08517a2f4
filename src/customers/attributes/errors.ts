/** Errors of attribute declarations that a caller can fix. */
import { DomainError } from '#platform/errors.ts';

export class AttributeDeclaredError extends DomainError {
  override readonly name = 'AttributeDeclaredError';
  readonly key: string;

  constructor(key: string) {
    super(`The attribute ${key} is declared already. Change its definition, or archive it first.`);
    this.key = key;
  }
}
