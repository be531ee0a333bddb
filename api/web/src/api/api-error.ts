interface Details {
  /** True where the same request may succeed a moment later. */
  isTransient?: boolean;
  /** How long the service asks the client to wait, in milliseconds. */
  retryAfter?: number | undefined;
  /** The HTTP status, where there was a response. */
  status?: number;
  /** The request's number in the log of the service. */
  requestId?: string | undefined;
}

/** Why a request failed: a message for readers, and the code of the service or one of the page's own. */
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
