import { forgetAnswers, send } from './client';
import { RevisionDocument } from './revision.generated';

/** How often the revision is asked for where no WebSocket tells of it, in milliseconds. */
const POLL = 60_000;
/** How long the page waits before it connects, so that the first picture comes first, in milliseconds. */
const PATIENCE = 1_500;
/** Attempts to connect before the page polls instead. */
const ATTEMPTS = 2;

/** Where the dataset stands, as far as this page knows. */
export const dataset = $state({ revision: 0, changed: false });

function arrived(revision: number): void {
  if (revision <= dataset.revision) return;
  const first = dataset.revision === 0;
  if (!first) forgetAnswers();
  dataset.revision = revision;
  dataset.changed = !first;
}

async function poll(): Promise<void> {
  try {
    arrived((await send(RevisionDocument, {})).dataset.revision);
  } catch {
    // The pictures say so themselves when the service is away; the next round asks again.
  }
}

/** Tells of new revisions by WebSocket, or by asking every minute where there is none. */
export function follow(): void {
  void poll();
  setTimeout(() => void subscribe(), PATIENCE);
}

async function subscribe(): Promise<void> {
  const { createClient } = await import('graphql-ws');
  const url = new URL('/graphql', location.href);
  url.protocol = url.protocol.replace('http', 'ws');
  const client = createClient({ url: url.href, lazy: true, retryAttempts: ATTEMPTS });
  client.subscribe<{ datasetChanged: { revision: number } }>(
    { query: 'subscription DatasetChanged { datasetChanged { revision } }' },
    {
      next: ({ data }) => data && arrived(data.datasetChanged.revision),
      error: pollFromNowOn,
      complete: pollFromNowOn,
    },
  );
}

let timer: ReturnType<typeof setInterval> | undefined;

function pollFromNowOn(): void {
  timer ??= setInterval(() => void poll(), POLL);
}
