import { randomUUID } from 'node:crypto';
import { accountOf, accountUserName, type User, userOfAccount } from '../user.ts';
import { signJwt, verifyJwt } from './jwt.ts';
import type { TokenKey } from './token-keys.ts';

export interface ObjectIdentity {
  readonly name: string;
  readonly uid: string;
}

/** Objects a token lives and dies with. */
export interface TokenBinding {
  readonly pod?: ObjectIdentity;
  readonly secret?: ObjectIdentity;
  readonly node?: ObjectIdentity;
}

/** What a token of ours says, once it is proven. */
export interface AccountClaims extends TokenBinding {
  readonly namespace: string;
  readonly account: ObjectIdentity;
  readonly audiences: readonly string[];
  readonly id: string;
  /** Seconds since the epoch. */
  readonly notBefore: number;
  readonly expires: number;
}

export interface AccountTokensOptions {
  readonly issuer: string;
  /** Signs new tokens. */
  readonly signingKey: TokenKey;
  /** Prove tokens: the signing key's, and those of before. */
  readonly keys: readonly TokenKey[];
}

const PRIVATE_CLAIMS = 'kubernetes.io';
/** Clocks of machines differ. */
const LEEWAY_S = 60;
const KNOWN_TOKENS = 10_000;

export type IssueRequest = Omit<AccountClaims, 'id' | 'notBefore' | 'expires'> & { readonly lifetimeS: number; readonly now: Date };

/** Makes and proves tokens of service accounts. */
export class AccountTokens {
  readonly #options: AccountTokensOptions;
  /** Proving costs more than all else of a request: what is proven stays so. Whether it still holds is asked each time. */
  readonly #proven = new Map<string, AccountClaims>();

  constructor(options: AccountTokensOptions) {
    this.#options = options;
  }

  issue({ namespace, account, audiences, pod, secret, node, lifetimeS, now }: IssueRequest): string {
    const issuedAt = Math.floor(now.getTime() / 1_000);
    const claims = {
      aud: audiences,
      exp: issuedAt + lifetimeS,
      iat: issuedAt,
      iss: this.#options.issuer,
      jti: randomUUID(),
      [PRIVATE_CLAIMS]: { namespace, ...(node && { node }), ...(pod && { pod }), ...(secret && { secret }), serviceaccount: account },
      nbf: issuedAt,
      sub: accountUserName({ namespace, name: account.name }),
    };
    return signJwt(claims, this.#options.signingKey);
  }

  /** The claims of a token that we signed and that has not expired. */
  verify(token: string, now: Date): AccountClaims | undefined {
    const claims = this.#proven.get(token) ?? this.#prove(token);
    const seconds = now.getTime() / 1_000;
    return claims && seconds < claims.expires && seconds + LEEWAY_S >= claims.notBefore ? claims : undefined;
  }

  #prove(token: string): AccountClaims | undefined {
    const claims = verifyJwt(token, this.#options.keys);
    const read = claims?.['iss'] === this.#options.issuer ? readClaims(claims) : undefined;
    if (!read) return undefined;
    if (this.#proven.size >= KNOWN_TOKENS) this.#proven.clear();
    this.#proven.set(token, read);
    return read;
  }
}

interface PrivateClaims extends TokenBinding {
  readonly namespace?: string;
  readonly serviceaccount?: ObjectIdentity;
}

function readClaims(claims: Readonly<Record<string, unknown>>): AccountClaims | undefined {
  const {
    aud = [],
    exp,
    nbf,
    jti = '',
    sub = '',
  } = claims as { aud?: string | string[]; exp?: number; nbf?: number; jti?: string; sub?: string };
  const { namespace, serviceaccount, pod, secret, node } = (claims[PRIVATE_CLAIMS] ?? {}) as PrivateClaims;
  const subject = accountOf(sub);
  if (!serviceaccount || subject?.namespace !== namespace || subject?.name !== serviceaccount.name || typeof exp !== 'number')
    return undefined;
  return {
    namespace: subject.namespace,
    account: serviceaccount,
    audiences: typeof aud === 'string' ? [aud] : aud,
    id: jti,
    notBefore: nbf ?? 0,
    expires: exp,
    ...(pod && { pod }),
    ...(secret && { secret }),
    ...(node && { node }),
  };
}

const EXTRA = 'authentication.kubernetes.io/';

/** The user a token stands for, with what it is bound to as extra. */
export function userOfClaims({ namespace, account, pod, node, id }: AccountClaims): User {
  const extra = {
    ...(id && { [`${EXTRA}credential-id`]: [`JTI=${id}`] }),
    ...(pod && { [`${EXTRA}pod-name`]: [pod.name], [`${EXTRA}pod-uid`]: [pod.uid] }),
    ...(node && { [`${EXTRA}node-name`]: [node.name], [`${EXTRA}node-uid`]: [node.uid] }),
  };
  return userOfAccount({ namespace, name: account.name }, { uid: account.uid, extra });
}
