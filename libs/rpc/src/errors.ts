import { Metadata, status as codes, type ServiceError } from '@grpc/grpc-js';
import { type Reason, StatusError, toStatusError } from '@steersman/status';

/** Trailer that carries the whole metav1.Status: clients look at its reason, never at codes or text. */
export const STATUS_TRAILER = 'steersman-status-bin';

/** For answers that carry no Status, such as those grpc itself makes. */
const REASON_OF_CODE: Readonly<Partial<Record<codes, Reason>>> = {
  [codes.INVALID_ARGUMENT]: 'BadRequest',
  [codes.DEADLINE_EXCEEDED]: 'Timeout',
  [codes.NOT_FOUND]: 'NotFound',
  [codes.ALREADY_EXISTS]: 'AlreadyExists',
  [codes.PERMISSION_DENIED]: 'Forbidden',
  [codes.RESOURCE_EXHAUSTED]: 'TooManyRequests',
  [codes.FAILED_PRECONDITION]: 'Conflict',
  [codes.ABORTED]: 'Conflict',
  [codes.OUT_OF_RANGE]: 'Expired',
  [codes.UNIMPLEMENTED]: 'MethodNotAllowed',
  [codes.UNAVAILABLE]: 'ServiceUnavailable',
  [codes.CANCELLED]: 'ServiceUnavailable',
  [codes.UNAUTHENTICATED]: 'Unauthorized',
};

/** What a handler's failure becomes on the wire. */
export function toGrpcError(err: unknown): { code: codes; details: string; metadata: Metadata } {
  const status = toStatusError(err);
  const metadata = new Metadata();
  metadata.set(STATUS_TRAILER, Buffer.from(JSON.stringify(status.toStatus())));
  return { code: status.grpc, details: status.message, metadata };
}

/** The StatusError behind a failed call; anything that is no gRPC failure comes back as it is. */
export function fromGrpcError(err: unknown): unknown {
  if (!isServiceError(err)) return err;
  const [trailer] = err.metadata?.get(STATUS_TRAILER) ?? [];
  if (Buffer.isBuffer(trailer)) {
    const sent = StatusError.fromStatus(JSON.parse(trailer.toString('utf8')) as object);
    return new StatusError(sent.reason, sent.message, { details: sent.details, cause: err });
  }
  return new StatusError(REASON_OF_CODE[err.code] ?? 'InternalError', err.details || err.message, { cause: err });
}

const isServiceError = (err: unknown): err is ServiceError =>
  err instanceof Error && typeof (err as Partial<ServiceError>).code === 'number';
