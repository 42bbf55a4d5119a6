/** Something a user can mend: told in plain words, without a stack. */
export class UserError extends Error {
  override readonly name = 'UserError';
  /** What to do about it. */
  readonly hint: string | undefined;
  readonly exitCode: number;

  constructor(message: string, { hint, exitCode = 1, cause }: { hint?: string; exitCode?: number; cause?: unknown } = {}) {
    super(message, { cause });
    this.hint = hint;
    this.exitCode = exitCode;
  }
}
