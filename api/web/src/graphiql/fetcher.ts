import type { Fetcher, FetcherParams, Observable } from '@graphiql/toolkit';
import { getOperationAST, parse, type ExecutionResult } from 'graphql';
import { createClient } from 'graphql-ws';
import { ApiError } from '../api/api-error';
import { fetchEnvelope } from '../api/http';
import { backoff, retry, wait } from '../api/retry';
import { base } from '../routing/base';

/** The WebSocket client. It connects for the first subscription and disconnects after the last. */
const client = createClient({
  url: base.webSocket,
  // Also retry refused connections, which have no close code.
  shouldRetry: () => true,
  retryAttempts: 5,
  retryWait: (retries) => wait(backoff(retries + 1, { first: 1_000 })),
  keepAlive: 30_000,
});

/** Sends subscriptions by WebSocket and all other operations by POST. */
export const fetcher: Fetcher = (parameters, options) =>
  isSubscription(parameters) ? subscribe(parameters) : post(parameters, options?.headers);

interface Observer {
  next: (result: ExecutionResult) => void;
  error: (error: unknown) => void;
  complete: () => void;
}

function isSubscription({ query, operationName }: FetcherParams): boolean {
  try {
    return getOperationAST(parse(query), operationName)?.operation === 'subscription';
  } catch {
    // The service reports the syntax error.
    return false;
  }
}

function subscribe({ query, operationName, variables }: FetcherParams) {
  return {
    subscribe: (observer: Observer) => ({
      unsubscribe: client.subscribe<ExecutionResult['data']>(
        { query, operationName, variables },
        {
          next: (result) => observer.next(result as ExecutionResult),
          error: (error) => observer.error(toGraphqlErrors(error)),
          complete: () => observer.complete(),
        },
      ),
    }),
  } as Observable<ExecutionResult>;
}

/** Passes GraphQL errors on, and describes a lost connection. */
function toGraphqlErrors(error: unknown): unknown {
  if (Array.isArray(error)) return error;
  if (error instanceof CloseEvent)
    return {
      message: `The service closed the connection (${error.code} ${error.reason}). Run the subscription again.`,
    };
  return { message: 'The service can’t be reached by WebSocket. Run the subscription again.' };
}

async function post(
  parameters: FetcherParams,
  headers: Record<string, string> | undefined,
): Promise<ExecutionResult> {
  const init = {
    method: 'POST',
    headers: {
      Accept: 'application/graphql-response+json',
      'Content-Type': 'application/json',
      ...headers,
    },
    body: JSON.stringify(parameters),
  };
  try {
    return (await retry(() => fetchEnvelope(base.graphql, init))) as ExecutionResult;
  } catch (error) {
    const { message, code } = ApiError.from(error);
    return { errors: [{ message, extensions: { code } }] } as unknown as ExecutionResult;
  }
}
