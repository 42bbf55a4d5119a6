import { isReason, REASONS, type Reason, StatusError, toStatusError } from './status-error.ts';

describe('StatusError', () => {
  it.each((Object.keys(REASONS) as Reason[]).map(reason => ({ reason })))('survives the wire as $reason', ({ reason }) => {
    const sent = new StatusError(reason, 'why', { details: { name: 'web', kind: 'pods' } });
    const read = StatusError.fromStatus(JSON.parse(JSON.stringify(sent.toStatus())));
    expect(read.toStatus()).toEqual(sent.toStatus());
  });

  it('reads an unknown reason by its code', () => {
    expect(StatusError.fromStatus({ reason: 'Mystery', code: 409 }).reason).toBe('AlreadyExists');
  });
});

describe('toStatusError', () => {
  it('keeps a StatusError', () => {
    const err = new StatusError('Conflict', 'changed');
    expect(toStatusError(err)).toBe(err);
  });

  it('keeps the cause of a bug', () => {
    const bug = new TypeError('undefined is not a function');
    const err = toStatusError(bug);
    expect(isReason(err, 'InternalError')).toBe(true);
    expect(err.cause).toBe(bug);
  });
});
