interface Details {
  /** True if the same request may succeed shortly. */
  isTransient?: boolean;
  /** How long the service asks the client to wait, in milliseconds. */
  retryAfter?: number | undefined;
  /** The HTTP status, if there was a response. */
  status?: number;
  /** The ID of the request in the service's log. */
  requestId?: string | undefined;
}

/** Why a request failed: a message for readers, and a code, either from `extensions.code` or set by the page. */
export class ApiError extends Error {
  readonly isTransient: boolean;
  readonly retryAfter: number | undefined;
  readonly status: number | undefined;
  readonly requestId: string | undefined;

  constructor(
    message: string,
    readonly code: string,
    { isTransient = false, retryAfter, status, requestId }: Details = {},
  ) {
    super(message);
    this.isTransient = isTransient;
    this.retryAfter = retryAfter;
    this.status = status;
    this.requestId = requestId;
  }

  static from(error: unknown): ApiError {
    return error instanceof ApiError ? error : new ApiError(String(error), 'UNKNOWN');
  }
}
