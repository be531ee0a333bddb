import { ApiError } from './api-error';

/** Maximum number of attempts for a request. */
const ATTEMPTS = 4;
/** A longer `Retry-After`, in milliseconds, is an error instead of a wait. */
const MAX_RETRY_AFTER = 20_000;

/**
 * How long to wait after a number of consecutive failures, in milliseconds. Doubles each time, with random jitter so
 * that the clients of a restarted service do not all reconnect at the same time.
 */
export function backoff(failures: number, { first = 500, max = 60_000 } = {}): number {
  return Math.min(first * 2 ** (failures - 1), max) * (0.5 + Math.random());
}

export function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Retries after transient errors, up to `ATTEMPTS` times in all and not before `Retry-After`. */
export async function retry<Result>(attempt: () => Promise<Result>): Promise<Result> {
  for (let failures = 1; ; failures += 1) {
    try {
      return await attempt();
    } catch (error) {
      const { isTransient, retryAfter = 0 } = ApiError.from(error);
      if (!isTransient || failures === ATTEMPTS || retryAfter > MAX_RETRY_AFTER) throw error;
      await wait(retryAfter + backoff(failures));
    }
  }
}
