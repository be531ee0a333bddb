import { ApiError } from './api-error';
import type { PersistedDocument } from './persisted-document';
import { errorOf, fetchEnvelope, URL_TOO_LONG, type Envelope } from './http';
import { backoff, retry, wait } from './retry';
import { dataset, observeRevision } from './revision.svelte';
import { base } from '../routing/base';

const HEADERS = {
  Accept: 'application/graphql-response+json',
  'apollo-require-preflight': 'true',
};
/** Some proxies reject longer URLs; such requests are sent by POST. */
const MAX_URL_LENGTH = 2000;
/** How many responses are kept in memory, so that going back shows the previous page immediately. */
const CACHE_SIZE = 200;
/** How often a request is repeated if its response is older than the revision of the page. */
const STALE_ATTEMPTS = 4;

/** The selection that `build/codegen.mjs` adds to every query. */
export interface WithRevision {
  dataset: { revision: number };
}

interface CachedResponse {
  data: Promise<unknown>;
  /** The revision of the data; undefined until the response arrives. */
  revision?: number;
}

const cache = new Map<string, CachedResponse>();

/** Runs a query. The same query with the same variables is sent once per revision. */
export function runQuery<Data extends WithRevision, Variables>(
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

/** POST bypasses all HTTP caches: the browser's, and those between the browser and the service. */
type Method = 'GET' | 'POST';

/**
 * Runs a query without the responses in memory. A response of an older revision than the page shows comes from an
 * HTTP cache or from a replica that lags behind; the request is repeated. If the service keeps responding with the
 * older revision, its dataset was rolled back, and the page adopts that revision.
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
    // Another query may have found that the dataset was rolled back.
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
    let envelope = await sendRequest<Data>(request, method);
    if (!envelope.data && isUnknownDocument(envelope))
      envelope = await sendRequest<Data>({ ...request, query }, method);
    if (envelope.errors?.length) throw errorOf(envelope.errors);
    if (!envelope.data) throw new ApiError('The response has no data.', 'UNKNOWN');
    return envelope.data;
  });
}

/** True if the service does not know the document, or does not support persisted documents. */
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

/** Sends a request by GET, which HTTP caches can answer, or by POST if the URL is too long. */
async function sendRequest<Data>(request: GraphqlRequest, method: Method): Promise<Envelope<Data>> {
  const parameters = Object.entries(request).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  const url = `${base.graphql}?${new URLSearchParams(parameters)}`;
  if (method === 'GET' && url.length <= MAX_URL_LENGTH) {
    try {
      return await fetchEnvelope(url, { headers: HEADERS });
    } catch (error) {
      if (!URL_TOO_LONG.has(ApiError.from(error).status ?? 0)) throw error;
    }
  }
  return fetchEnvelope(base.graphql, {
    method: 'POST',
    headers: { ...HEADERS, 'Content-Type': 'application/json' },
    body: JSON.stringify(request),
  });
}
