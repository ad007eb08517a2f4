/** Work that another writer can get in the way of, begun again when it does. Knows no table. */

/** Codes of errors that may be gone on the next attempt, as Postgres names them. */
export const DEADLOCK = '40P01';
export const UNIQUE_VIOLATION = '23505';

const MAX_ATTEMPTS = 5;

/** @param work a whole transaction: what a failed attempt did is rolled back */
export async function retryOn<T>(codes: readonly string[], work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      const { code } = error as { readonly code?: string };
      if (attempt === MAX_ATTEMPTS || code === undefined || !codes.includes(code)) throw error;
    }
  }
}
