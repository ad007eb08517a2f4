/** The line between errors that a caller can fix and bugs. */

/**
 * An error that the caller can fix. Becomes a member of a mutation's result union; anything else is logged and masked.
 */
export class DomainError extends Error {
  override readonly name: string = 'DomainError';
}

/** Input of the right type and a wrong value. `field` is the path of the input. */
export class InvalidInputError extends DomainError {
  override readonly name = 'InvalidInputError';
  readonly field: string;

  constructor(field: string, message: string) {
    super(message);
    this.field = field;
  }
}

/** A referenced object does not exist, or is hidden from the caller. */
export class NotFoundError extends DomainError {
  override readonly name = 'NotFoundError';
}
