import {
  type AccountClaims,
  type AccountTokens,
  BOOTSTRAP_NAMESPACE,
  bootstrapSecretName,
  type User,
  userOfBootstrapToken,
  userOfClaims,
} from '@steersman/auth';
import { type Kind, nodeKind, podKind, type Secret, secretKind, serviceAccountKind } from '@steersman/types';
import { type Lookup, parseStored } from '../lookup.ts';

/** A pod that is told to go may still need the API for this long. */
const DELETION_LEEWAY_MS = 60_000;

export interface TokenAuthenticatorDeps {
  readonly tokens: AccountTokens;
  readonly lookup: Lookup;
  /** Audiences that stand for this API. */
  readonly audiences: readonly string[];
}

export interface Identity {
  readonly user: User;
  /** Those of the audiences asked for that the token is meant for. */
  readonly audiences: readonly string[];
}

/** Whose token it is; undefined for a token that proves nothing, or nothing any more. */
export interface TokenAuthenticator {
  /** Of a token that is meant for this API, unless other audiences are asked for. */
  identify(token: string, audiences?: readonly string[]): Promise<Identity | undefined>;
}

export function createTokenAuthenticator({ tokens, lookup, audiences: own }: TokenAuthenticatorDeps): TokenAuthenticator {
  return {
    async identify(token, wanted = own) {
      const now = new Date();
      const secretName = bootstrapSecretName(token);
      if (secretName !== undefined) {
        const secret = await lookup(secretKind, BOOTSTRAP_NAMESPACE, secretName);
        const user = secret && userOfBootstrapToken(token, parseStored<Secret>(secret), now);
        // A bootstrap token says nothing of audiences: it is for this API.
        const audiences = wanted.filter(audience => own.includes(audience));
        return user && audiences.length > 0 ? { user, audiences } : undefined;
      }
      const claims = tokens.verify(token, now);
      if (!claims) return undefined;
      const audiences = wanted.filter(audience => claims.audiences.includes(audience));
      if (audiences.length === 0 || !(await isStanding(claims, lookup, now))) return undefined;
      return { user: userOfClaims(claims), audiences };
    },
  };
}

/** Whether the account and all that the token is bound to are what they were when it was given. */
async function isStanding({ namespace, account, pod, secret, node }: AccountClaims, lookup: Lookup, now: Date): Promise<boolean> {
  const stands = async (kind: Kind, where: string, { name, uid }: { readonly name: string; readonly uid: string }): Promise<boolean> => {
    const found = await lookup(kind, where, name);
    if (found?.uid !== uid) return false;
    const { deletionTimestamp } = found;
    return deletionTimestamp === undefined || new Date(deletionTimestamp).getTime() + DELETION_LEEWAY_MS > now.getTime();
  };
  if (!(await stands(serviceAccountKind, namespace, account))) return false;
  if (pod && !(await stands(podKind, namespace, pod))) return false;
  if (secret && !(await stands(secretKind, namespace, secret))) return false;
  // A pod's token names its node for information; only a token bound to nothing else lives and dies with the node.
  return pod !== undefined || node === undefined || stands(nodeKind, '', node);
}
