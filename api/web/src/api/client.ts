import { ApiError } from './api-error';
import type { PersistedDocument } from './document';
import { errorOf, fetchEnvelope, URL_TOO_LONG, type Envelope } from './http';
import { backoff, retry, wait } from './retry';
import { dataset, observeRevision } from './revision.svelte';

const ENDPOINT = '/graphql';
const HEADERS = {
  Accept: 'application/graphql-response+json',
  'apollo-require-preflight': 'true',
};
/** Some proxies refuse longer URLs; the request is then sent by POST. */
const LONGEST_URL = 2000;
/** Responses kept in memory, so that going back shows at once what was there. */
const CACHE_SIZE = 200;
/** How often a response older than the revision of the page is asked for again. */
const STALE_ATTEMPTS = 4;

/** What every query asks for besides its own fields: see `build/codegen.mjs`. */
export interface WithRevision {
  dataset: { revision: number };
}

interface CachedResponse {
  data: Promise<unknown>;
  /** The revision that it belongs to; undefined until it arrives. */
  revision?: number;
}

const cache = new Map<string, CachedResponse>();

/** Queries the service. A query with the same variables is sent once for each revision. */
export function ask<Data extends WithRevision, Variables>(
  document: PersistedDocument<Data, Variables>,
  variables: Variables,
): Promise<Data> {
  const key = `${document.hash} ${JSON.stringify(variables)}`;
  const cached = cache.get(key);
  if (cached && (cached.revision ?? dataset.revision) === dataset.revision)
    return cached.data as Promise<Data>;
  const data = send(document, variables);
  const response: CachedResponse = { data };
  cache.delete(key);
  cache.set(key, response);
  data.then(
    ({ dataset: { revision } }) => (response.revision = revision),
    () => {
      if (cache.get(key) === response) cache.delete(key);
    },
  );
  const oldest = cache.keys().next().value;
  if (cache.size > CACHE_SIZE && oldest !== undefined) cache.delete(oldest);
  return data;
}

/** How a request is sent: POST passes every HTTP cache, the browser's and those between it and the service. */
type Method = 'GET' | 'POST';

/**
 * Queries the service past the responses in memory. A response of an older revision than the page shows comes from
 * an HTTP cache or from a replica that lags, and is asked for again. Where the service keeps answering with the older
 * revision, its dataset was set back, and the page follows.
 */
export async function send<Data extends WithRevision, Variables>(
  document: PersistedDocument<Data, Variables>,
  variables: Variables,
  method: Method = 'GET',
): Promise<Data> {
  let data = await execute(document, variables, method);
  const isStale = () => data.dataset.revision < dataset.revision;
  for (let attempt = 0; isStale() && attempt < STALE_ATTEMPTS; attempt += 1) {
    if (attempt > 0) await wait(backoff(attempt));
    // Another query may have found in the meantime that the dataset was set back.
    if (isStale()) data = await execute(document, variables, 'POST');
  }
  observeRevision(data.dataset.revision);
  return data;
}

function execute<Data, Variables>(
  document: PersistedDocument<Data, Variables>,
  variables: Variables,
  method: Method,
): Promise<Data> {
  return retry(async () => {
    const { name: operationName, hash, text: query } = document;
    const extensions = { persistedQuery: { version: 1, sha256Hash: hash } };
    const request = { operationName, variables, extensions };
    let envelope = await exchange<Data>(request, method);
    if (!envelope.data && isUnknownDocument(envelope))
      envelope = await exchange<Data>({ ...request, query }, method);
    if (envelope.errors?.length) throw errorOf(envelope.errors);
    if (!envelope.data) throw new ApiError('The service answered without data.', 'UNKNOWN');
    return envelope.data;
  });
}

/** True where the service does not have the document, or does not accept documents by their hash at all. */
function isUnknownDocument({ errors }: Envelope<unknown>): boolean {
  const code = errors?.[0]?.extensions?.code;
  return (
    code === 'PERSISTED_QUERY_NOT_FOUND' || code === 'PERSISTED_QUERY_NOT_SUPPORTED' || code === 'BAD_REQUEST'
  );
}

interface GraphqlRequest {
  operationName: string;
  variables: unknown;
  extensions: unknown;
  query?: string;
}

/** Sends a request by GET, which HTTP caches may answer, unless its URL is too long. */
async function exchange<Data>(request: GraphqlRequest, method: Method): Promise<Envelope<Data>> {
  const parameters = Object.entries(request).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  const url = `${ENDPOINT}?${new URLSearchParams(parameters)}`;
  if (method === 'GET' && url.length <= LONGEST_URL) {
    try {
      return await fetchEnvelope(url, { headers: HEADERS });
    } catch (error) {
      if (!URL_TOO_LONG.has(ApiError.from(error).status ?? 0)) throw error;
    }
  }
  return fetchEnvelope(ENDPOINT, {
    method: 'POST',
    headers: { ...HEADERS, 'Content-Type': 'application/json' },
    body: JSON.stringify(request),
  });
}
