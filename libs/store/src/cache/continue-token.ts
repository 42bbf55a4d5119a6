import { StatusError } from '@steersman/status';

/** Where the next page of a list begins: after this key, in the state of this revision. Opaque to clients. */
export interface ContinueToken {
  readonly revision: number;
  /** Relative to the resource: "namespace/name" or "name". */
  readonly after: string;
}

const VERSION = 1;

export const encodeContinue = ({ revision, after }: ContinueToken): string =>
  Buffer.from(JSON.stringify({ v: VERSION, rv: revision, after })).toString('base64url');

export function decodeContinue(token: string): ContinueToken {
  try {
    const { v, rv, after } = JSON.parse(Buffer.from(token, 'base64url').toString()) as { v: unknown; rv: unknown; after: unknown };
    if (v === VERSION && typeof after === 'string' && typeof rv === 'number' && Number.isSafeInteger(rv) && rv > 0)
      return { revision: rv, after };
  } catch {
    // Answered below.
  }
  throw new StatusError('BadRequest', 'continue key is not valid: it must be the continue token of the page before');
}
