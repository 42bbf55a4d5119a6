import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';

type Algorithm = 'ES256' | 'RS256';

/** A key that proves tokens; the signing one has a private part too. */
export interface TokenKey {
  /** Hash of the public key: tells which of several keys signed a token. */
  readonly id: string;
  readonly algorithm: Algorithm;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject | undefined;
}

const PEM = /-----BEGIN [A-Z ]+-----[^-]+-----END [A-Z ]+-----/g;

/** The keys of a PEM file: private, public, or certificates. Throws when it holds none, or one that tokens cannot be signed with. */
export function readTokenKeys(pem: string): readonly TokenKey[] {
  const blocks = (pem.match(PEM) ?? []).filter(block => !block.startsWith('-----BEGIN EC PARAMETERS'));
  if (blocks.length === 0) throw new Error('the file holds no PEM key');
  return blocks.map(toKey);
}

function toKey(block: string): TokenKey {
  const isPrivate = /^-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(block);
  const privateKey = isPrivate ? createPrivateKey(block) : undefined;
  const publicKey = createPublicKey(block);
  const id = createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64url');
  return { id, algorithm: algorithmOf(publicKey), publicKey, privateKey };
}

function algorithmOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): Algorithm {
  if (asymmetricKeyType === 'rsa') return 'RS256';
  if (asymmetricKeyType === 'ec' && asymmetricKeyDetails?.namedCurve === 'prime256v1') return 'ES256';
  throw new Error(`tokens are signed with RSA or P-256 keys, this is ${asymmetricKeyDetails?.namedCurve ?? asymmetricKeyType}`);
}

/** RFC 7517: what others verify our tokens with. */
export const toJwks = (keys: readonly TokenKey[]): { readonly keys: readonly object[] } => ({
  keys: keys.map(({ id, algorithm, publicKey }) => ({ use: 'sig', kid: id, alg: algorithm, ...publicKey.export({ format: 'jwk' }) })),
});
