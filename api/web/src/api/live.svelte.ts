import { send } from './client';
import {
  RevisionDocument,
  DatasetChangedDocument,
  type DatasetChangedSubscription,
} from './revision.generated';
import { backoff } from './retry';
import { dataset, observeRevision } from './revision.svelte';

/** The page connects after this time, so that the first picture comes first, in milliseconds. */
const START_DELAY = 1_500;
/** A connection has to be acknowledged within this time, in milliseconds. */
const CONNECT_TIMEOUT = 15_000;
/** How often the page checks that the other end is still there, and how long an answer may take, in milliseconds. */
const PING_INTERVAL = 30_000;
const PONG_TIMEOUT = 10_000;
/** The longest pause between two attempts to connect, in milliseconds. */
const LONGEST_PAUSE = 60_000;

/**
 * What the page knows of the way to the service: whether it is lost, and how often it was established. Queries that
 * failed for want of it are repeated each time.
 */
export const connection = $state({ isLost: false, established: 0 });

/** Follows the revision of the dataset for as long as the page is open, by WebSocket and, without one, by polling. */
export function followRevision(): void {
  setTimeout(() => void follow(), START_DELAY);
}

async function follow(): Promise<never> {
  for (let failures = 0; ;) {
    const duration = await subscribe(failures > 0);
    failures = duration > LONGEST_PAUSE ? 1 : failures + 1;
    if (duration === 0) await poll();
    await waitOrOnline(backoff(failures, { first: 1_000, longest: LONGEST_PAUSE }));
  }
}

/** Subscribes until the connection ends, however it ends. Returns how long it lasted in milliseconds, 0 without one. */
async function subscribe(isReconnect: boolean): Promise<number> {
  let start = 0;
  try {
    const { createClient } = await import('graphql-ws');
    await new Promise<void>((resolve) => {
      let pongTimer: ReturnType<typeof setTimeout> | undefined;
      const client = createClient({
        url: new URL('/graphql', location.href.replace(/^http/, 'ws')).href,
        // Each connection is a new subscription, which tells the service what the page knows by then.
        retryAttempts: 0,
        keepAlive: PING_INTERVAL,
        on: {
          connected: () => {
            clearTimeout(connectTimer);
            start = performance.now();
            established();
            // Where the service came back with an older dataset, `since` alone would never tell.
            if (isReconnect) void poll();
          },
          ping: (received) => {
            if (!received) pongTimer = setTimeout(() => client.terminate(), PONG_TIMEOUT);
          },
          pong: (received) => {
            if (received) clearTimeout(pongTimer);
          },
        },
      });
      const connectTimer = setTimeout(() => {
        client.terminate();
        resolve();
      }, CONNECT_TIMEOUT);
      const end = () => {
        clearTimeout(connectTimer);
        clearTimeout(pongTimer);
        resolve();
      };
      client.subscribe<DatasetChangedSubscription>(
        {
          operationName: DatasetChangedDocument.name,
          query: DatasetChangedDocument.text,
          variables: { since: dataset.revision },
        },
        {
          next: ({ data }) => {
            if (data) observeRevision(data.datasetChanged.revision);
            else void poll();
          },
          error: end,
          complete: end,
        },
      );
    });
  } catch {
    // This browser has no WebSocket, or the script could not be loaded: the page polls.
  }
  return start && performance.now() - start;
}

async function poll(): Promise<void> {
  try {
    await send(RevisionDocument, {}, 'POST');
    if (connection.isLost) established();
  } catch {
    connection.isLost = true;
  }
}

function established(): void {
  connection.isLost = false;
  connection.established += 1;
}

/** Waits, but no longer than until the browser is online again. */
function waitOrOnline(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      removeEventListener('online', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    addEventListener('online', done);
  });
}
