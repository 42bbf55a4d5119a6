/** gRPC status codes (https://grpc.io/docs/guides/status-codes/); plain numbers, so that this lib needs no gRPC package. */
const GRPC = {
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
} as const;

/** Every reason of metav1.Status, with the codes it travels under. One row per kind of API failure. */
export const REASONS = {
  BadRequest: { http: 400, grpc: GRPC.INVALID_ARGUMENT },
  Unauthorized: { http: 401, grpc: GRPC.UNAUTHENTICATED },
  Forbidden: { http: 403, grpc: GRPC.PERMISSION_DENIED },
  NotFound: { http: 404, grpc: GRPC.NOT_FOUND },
  MethodNotAllowed: { http: 405, grpc: GRPC.UNIMPLEMENTED },
  NotAcceptable: { http: 406, grpc: GRPC.INVALID_ARGUMENT },
  AlreadyExists: { http: 409, grpc: GRPC.ALREADY_EXISTS },
  Conflict: { http: 409, grpc: GRPC.ABORTED },
  Gone: { http: 410, grpc: GRPC.OUT_OF_RANGE },
  Expired: { http: 410, grpc: GRPC.OUT_OF_RANGE },
  RequestEntityTooLarge: { http: 413, grpc: GRPC.RESOURCE_EXHAUSTED },
  UnsupportedMediaType: { http: 415, grpc: GRPC.INVALID_ARGUMENT },
  Invalid: { http: 422, grpc: GRPC.INVALID_ARGUMENT },
  TooManyRequests: { http: 429, grpc: GRPC.RESOURCE_EXHAUSTED },
  InternalError: { http: 500, grpc: GRPC.INTERNAL },
  ServerTimeout: { http: 500, grpc: GRPC.UNAVAILABLE },
  StoreReadError: { http: 500, grpc: GRPC.INTERNAL },
  ServiceUnavailable: { http: 503, grpc: GRPC.UNAVAILABLE },
  Timeout: { http: 504, grpc: GRPC.DEADLINE_EXCEEDED },
} as const;

export type Reason = keyof typeof REASONS;

/** One fault of a refused object; `field` is a path such as `spec.containers[0].name`. */
export interface StatusCause {
  readonly reason: string;
  readonly message: string;
  readonly field?: string;
}

export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
}

/** The wire form of a failure: metav1.Status. */
export interface Status {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly metadata: Readonly<Record<string, never>>;
  readonly status: 'Failure' | 'Success';
  readonly message?: string;
  readonly reason?: string;
  readonly details?: StatusDetails;
  readonly code?: number;
}

/** A failure with a reason of metav1.Status. Callers look at `reason`, never at codes or text. */
export class StatusError extends Error {
  override readonly name = 'StatusError';
  readonly reason: Reason;
  readonly details: StatusDetails | undefined;

  constructor(reason: Reason, message: string, options?: ErrorOptions & { readonly details?: StatusDetails | undefined }) {
    super(message, options);
    this.reason = reason;
    this.details = options?.details;
  }

  get http(): number {
    return REASONS[this.reason].http;
  }

  get grpc(): number {
    return REASONS[this.reason].grpc;
  }

  toStatus(): Status {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: this.message,
      reason: this.reason,
      ...(this.details && { details: this.details }),
      code: this.http,
    };
  }

  /** The inverse of `toStatus`; a reason this release does not know is read by its code. */
  static fromStatus(status: Partial<Status>): StatusError {
    const reason = isKnown(status.reason) ? status.reason : reasonOfCode(status.code ?? 500);
    return new StatusError(reason, status.message ?? reason, { details: status.details });
  }
}

const isKnown = (reason: string | undefined): reason is Reason => reason !== undefined && Object.hasOwn(REASONS, reason);

const reasonOfCode = (code: number): Reason =>
  (Object.keys(REASONS) as Reason[]).find(reason => REASONS[reason].http === code) ?? 'InternalError';

export const isReason = (err: unknown, ...reasons: readonly Reason[]): err is StatusError =>
  err instanceof StatusError && reasons.includes(err.reason);

/** Anything that is not already a StatusError is our bug, so it becomes InternalError; the cause is kept for the log. */
export const toStatusError = (err: unknown): StatusError =>
  err instanceof StatusError
    ? err
    : new StatusError('InternalError', `Internal error occurred: ${err instanceof Error ? err.message : String(err)}`, { cause: err });
