export { isReason, REASONS, StatusError, toStatusError } from './status-error.ts';
export type { Reason, Status, StatusCause, StatusDetails } from './status-error.ts';
