import { send } from './client';
import {
  RevisionDocument,
  DatasetChangedDocument,
  type DatasetChangedSubscription,
} from './revision.generated';
import { base } from '../routing/base';
import { backoff } from './retry';
import { dataset, observeRevision } from './revision.svelte';

/** Delay before connecting, in milliseconds, so that the first chart loads first. */
const START_DELAY = 1_500;
/** How long to wait for the acknowledgement of a connection, in milliseconds. */
const CONNECT_TIMEOUT = 15_000;
/** How often the connection is checked, and how long a pong may take, in milliseconds. */
const PING_INTERVAL = 30_000;
const PONG_TIMEOUT = 10_000;
/** Maximum pause between two attempts to connect, in milliseconds. */
const MAX_PAUSE = 60_000;

/**
 * The state of the connection to the service: whether it is lost, and how often it was established by WebSocket or
 * proved by a poll. Queries that failed with a transient error are repeated each time.
 */
export const connection = $state({ isLost: false, established: 0 });

/**
 * Tracks the revision of the dataset while the page is open, by WebSocket, or by polling if there is none. An earlier
 * state has one revision for ever.
 */
export function followRevision(): void {
  if (base.isEarlierState) return;
  setTimeout(() => void follow(), START_DELAY);
}

async function follow(): Promise<never> {
  for (let failures = 0; ;) {
    const duration = await subscribe(failures > 0);
    failures = duration > MAX_PAUSE ? 1 : failures + 1;
    if (duration === 0) await poll();
    await waitOrOnline(backoff(failures, { first: 1_000, max: MAX_PAUSE }));
  }
}

/** Subscribes until the connection ends. Returns its duration in milliseconds, 0 if there was no connection. */
async function subscribe(isReconnect: boolean): Promise<number> {
  let start = 0;
  try {
    const { createClient } = await import('graphql-ws');
    await new Promise<void>((resolve) => {
      let pongTimer: ReturnType<typeof setTimeout> | undefined;
      const client = createClient({
        url: base.webSocket,
        // `follow` reconnects, because a new subscription needs the current `since`.
        retryAttempts: 0,
        keepAlive: PING_INTERVAL,
        on: {
          connected: () => {
            clearTimeout(connectTimer);
            start = performance.now();
            markEstablished();
            // If the service restarted with an older dataset, `since` alone would not report it.
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
    // The browser has no WebSocket, or the script could not be loaded: poll instead.
  }
  return start && performance.now() - start;
}

async function poll(): Promise<void> {
  if (await isReachable()) markEstablished();
  else connection.isLost = true;
}

async function isReachable(): Promise<boolean> {
  try {
    await send(RevisionDocument, {}, 'POST');
    return true;
  } catch {
    return false;
  }
}

let isReconnecting = false;

/**
 * After a query failed with a transient error: if the page does not follow the revision, and the service can't be
 * reached, polls until it can.
 */
export async function reconnect(): Promise<void> {
  if (!base.isEarlierState || isReconnecting) return;
  isReconnecting = true;
  connection.isLost = !(await isReachable());
  for (let failures = 1; connection.isLost; failures += 1) {
    await waitOrOnline(backoff(failures, { first: 1_000, max: MAX_PAUSE }));
    await poll();
  }
  isReconnecting = false;
}

function markEstablished(): void {
  connection.isLost = false;
  connection.established += 1;
}

/** Waits, but not longer than until the browser is back online. */
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
