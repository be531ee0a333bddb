import type { PersistedDocument } from './document';

const ENDPOINT = '/graphql';
/** A longer address is refused by some proxies; the query then goes by POST. */
const LONGEST_URL = 2000;
/** Answers kept in memory, so that going back shows at once what was there. */
const KEPT_ANSWERS = 200;

/** Why the service gave no answer, in words for people, with its code. */
export class ApiError extends Error {
  constructor(
    message: string,
    readonly code: string,
  ) {
    super(message);
  }
}

interface Envelope<Data> {
  data?: Data | null;
  errors?: { message: string; extensions?: { code?: string } }[];
}

const answers = new Map<string, Promise<unknown>>();

/** Forgets every answer: the dataset has a new revision. */
export function forgetAnswers(): void {
  answers.clear();
}

/** Asks the service. The same question, asked again or at the same time, is sent once. */
export function ask<Data, Variables>(
  document: PersistedDocument<Data, Variables>,
  variables: Variables,
): Promise<Data> {
  const key = `${document.hash} ${JSON.stringify(variables)}`;
  const known = answers.get(key) as Promise<Data> | undefined;
  if (known) return known;
  const answer = send(document, variables);
  answers.set(key, answer);
  answer.catch(() => answers.delete(key));
  const oldest = answers.keys().next().value;
  if (answers.size > KEPT_ANSWERS && oldest !== undefined) answers.delete(oldest);
  return answer;
}

/** Asks past the answers in memory. */
export async function send<Data, Variables>(
  document: PersistedDocument<Data, Variables>,
  variables: Variables,
): Promise<Data> {
  const { name: operationName, hash, text: query } = document;
  const extensions = { persistedQuery: { version: 1, sha256Hash: hash } };
  const parameters = {
    operationName,
    variables: JSON.stringify(variables),
    extensions: JSON.stringify(extensions),
  };
  let envelope = await fetched<Data>(address(parameters));
  if (!envelope.data && isUnknownDocument(envelope)) {
    const url = address({ ...parameters, query });
    envelope =
      url.length <= LONGEST_URL
        ? await fetched<Data>(url)
        : await fetched<Data>(ENDPOINT, {
            method: 'POST',
            body: JSON.stringify({ operationName, variables, extensions, query }),
          });
  }
  const error = envelope.errors?.[0];
  if (error) throw new ApiError(error.message, error.extensions?.code ?? 'UNKNOWN');
  if (!envelope.data) throw new ApiError('The service answered without data.', 'UNKNOWN');
  return envelope.data;
}

function address(parameters: Record<string, string>): string {
  return `${ENDPOINT}?${new URLSearchParams(parameters)}`;
}

/** True where the service does not hold the document, or does not take documents by their hash at all. */
function isUnknownDocument({ errors }: Envelope<unknown>): boolean {
  const code = errors?.[0]?.extensions?.code;
  return (
    code === 'PERSISTED_QUERY_NOT_FOUND' || code === 'PERSISTED_QUERY_NOT_SUPPORTED' || code === 'BAD_REQUEST'
  );
}

async function fetched<Data>(url: string, init: RequestInit = {}): Promise<Envelope<Data>> {
  let response: Response;
  try {
    response = await fetch(url, {
      ...init,
      headers: {
        Accept: 'application/graphql-response+json',
        'apollo-require-preflight': 'true',
        ...(init.body ? { 'Content-Type': 'application/json' } : {}),
      },
    });
  } catch {
    throw new ApiError('The service can’t be reached. Is the connection up?', 'UNREACHABLE');
  }
  try {
    return (await response.json()) as Envelope<Data>;
  } catch {
    throw new ApiError(`The service answered ${response.status} ${response.statusText}.`, 'UNREADABLE');
  }
}
