/** The global id of an object: its type and the id it has there, in base64. Decodes none. */

/** As the Relay plugin forms it. It becomes text where the answer is written: a page names hundreds of objects. */
export class GlobalId {
  /** `Customer:` */
  readonly prefix: string;
  readonly id: string;

  constructor(prefix: string, id: string) {
    this.prefix = prefix;
    this.id = id;
  }

  toString(): string {
    return btoa(this.prefix + this.id);
  }

  /** What graphql-js serialises an ID by. */
  valueOf(): string {
    return this.toString();
  }
}
