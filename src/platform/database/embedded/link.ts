/** The way to an embedded database, in this process or another. Knows no statement. */

/** Until when an exchange is waited for. */
export interface ExchangeLimits {
  /** Ends it when aborted: it is forgotten while it waits, and cancelled while it runs. */
  readonly signal?: AbortSignal | undefined;
  /** Longest it may run, without the time that it waits. */
  readonly timeoutMs?: number | undefined;
}

export interface Link {
  /**
   * Has these messages answered, alone or as part of a transaction. Errors of the database are among the answers.
   * @param section of the transaction; 0 is a statement on its own
   * @throws when the database is gone, or the reason of the signal
   */
  exchange(section: number, bytes: Uint8Array<ArrayBuffer>, limits?: ExchangeLimits): Promise<Buffer>;
  /** A number for a transaction that no other has. */
  newSection(): number;
  /** Calls for each NOTIFY on the channel until stopped. */
  listen(channel: string, onMessage: (payload: string) => void): Promise<() => Promise<void>>;
  withLock<T>(name: string, work: () => Promise<T>): Promise<T>;
  /** Null at once where another holds it. */
  tryWithLock<T>(name: string, work: () => Promise<T>): Promise<T | null>;
  close(): Promise<void>;
}
