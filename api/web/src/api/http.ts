import { ApiError } from './api-error';

/** How long to wait for a response, in milliseconds: longer than the service's own default timeout of 30 s. */
const TIMEOUT = 45_000;
/** Statuses from the service, or from a proxy in front of it, after which the same request may succeed shortly. */
const TRANSIENT = new Set([408, 425, 429, 502, 503]);
/** URI Too Long; Request Header Fields Too Large: the same request may succeed by POST. */
export const URL_TOO_LONG = new Set([414, 431]);

export interface Envelope<Data> {
  data?: Data | null;
  errors?: GraphqlError[];
}

interface GraphqlError {
  message: string;
  path?: (string | number)[];
  extensions?: { code?: string; requestId?: string };
}

/**
 * Sends a GraphQL request once.
 * @throws {ApiError} if there is no complete response, or its status is in `TRANSIENT` or `URL_TOO_LONG`
 */
export async function fetchEnvelope<Data>(url: string, init: RequestInit): Promise<Envelope<Data>> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, { ...init, signal: AbortSignal.timeout(TIMEOUT) });
    text = await response.text();
  } catch (error) {
    if (error instanceof DOMException && error.name === 'TimeoutError')
      throw new ApiError(`The service did not respond within ${TIMEOUT / 1_000} seconds.`, 'TIMEOUT');
    throw new ApiError('The service can’t be reached, or the connection broke.', 'UNREACHABLE', {
      isTransient: true,
    });
  }
  const envelope = parseEnvelope<Data>(text);
  const { status } = response;
  const isTransient = TRANSIENT.has(status);
  if (envelope && !isTransient && !URL_TOO_LONG.has(status)) return envelope;
  const details = { isTransient, retryAfter: retryAfter(response), status };
  if (envelope?.errors?.length) throw errorOf(envelope.errors, details);
  if (response.ok)
    throw new ApiError('The response is incomplete.', 'UNREADABLE', {
      ...details,
      isTransient: true,
    });
  throw new ApiError(
    `The service, or a proxy in front of it, responded with status ${status}.`,
    `HTTP_${status}`,
    details,
  );
}

/** Combines all errors of a response into one. */
export function errorOf(
  errors: GraphqlError[],
  details: ConstructorParameters<typeof ApiError>[2] = {},
): ApiError {
  const messages = [...new Set(errors.map(({ message }) => message))];
  const code = errors[0]?.extensions?.code ?? 'UNKNOWN';
  const requestId = errors.find(({ extensions }) => extensions?.requestId)?.extensions?.requestId;
  return new ApiError(messages.join('\n'), code, { isTransient: code === 'BUSY', requestId, ...details });
}

function parseEnvelope<Data>(text: string): Envelope<Data> | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  const isEnvelope = typeof json === 'object' && json !== null && ('data' in json || 'errors' in json);
  return isEnvelope ? (json as Envelope<Data>) : undefined;
}

/** `Retry-After`, a number of seconds or a date, in milliseconds from now. */
function retryAfter({ headers }: Response): number | undefined {
  const value = headers.get('Retry-After');
  if (!value) return undefined;
  const milliseconds = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - Date.now();
  return Number.isNaN(milliseconds) ? undefined : Math.max(milliseconds, 0);
}
