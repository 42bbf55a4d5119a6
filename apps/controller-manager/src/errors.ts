import { isReason } from '@steersman/status';

/** A create was refused as its namespace is going away: nothing to complain about, as what wanted it goes as well. */
export const isNamespaceTerminating = (err: unknown): boolean =>
  isReason(err, 'Forbidden') && (err.details?.causes ?? []).some(({ reason }) => reason === 'NamespaceTerminating');
