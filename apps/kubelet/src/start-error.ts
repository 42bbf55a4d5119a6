/** Why a container could not be started, in the words its status shows as `waiting`. */
export class StartError extends Error {
  override readonly name = 'StartError';
  /** One word, such as `ErrImagePull`. */
  readonly reason: string;

  constructor(reason: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

export const messageOf = (err: unknown): string => (err instanceof Error ? err.message : String(err));
