/** The line between what a caller can fix and what is our bug. */

/** What a caller can fix. Becomes a member of a mutation's result union; anything else is logged and masked. */
export class DomainError extends Error {
  override readonly name: string = 'DomainError';
}

/** Input that has the right type and a wrong value. `field` is the path of the input it came in. */
export class InvalidInputError extends DomainError {
  override readonly name = 'InvalidInputError';
  readonly field: string;

  constructor(field: string, message: string) {
    super(message);
    this.field = field;
  }
}

/** A referenced thing does not exist, or the caller may not see it. */
export class NotFoundError extends DomainError {
  override readonly name = 'NotFoundError';
}
