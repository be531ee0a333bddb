import { ApiError } from './api-error';

/** How often a request is sent at most. */
const ATTEMPTS = 4;
/** A reader does not wait longer than this for another attempt, in milliseconds. */
const LONGEST_RETRY_AFTER = 20_000;

/**
 * How long to wait after a number of failures in a row, in milliseconds: twice as long each time, and spread at
 * random so that the clients of a restarted service do not all return at once.
 */
export function backoff(failures: number, { first = 500, longest = 60_000 } = {}): number {
  return Math.min(first * 2 ** (failures - 1), longest) * (0.5 + Math.random());
}

export function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Repeats an attempt that fails with a transient error, a bounded number of times and never before `Retry-After`. */
export async function retry<Result>(attempt: () => Promise<Result>): Promise<Result> {
  for (let failures = 1; ; failures += 1) {
    try {
      return await attempt();
    } catch (error) {
      const { isTransient, retryAfter = 0 } = ApiError.from(error);
      if (!isTransient || failures === ATTEMPTS || retryAfter > LONGEST_RETRY_AFTER) throw error;
      await wait(retryAfter + backoff(failures));
    }
  }
}
