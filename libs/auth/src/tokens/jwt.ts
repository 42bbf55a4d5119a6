import { sign, type KeyObject, verify } from 'node:crypto';
import type { TokenKey } from './token-keys.ts';

type Claims = Readonly<Record<string, unknown>>;

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** RFC 7518 §3.4: ECDSA signatures are the two numbers side by side, not DER. */
const withEncoding = (key: KeyObject): { readonly key: KeyObject; readonly dsaEncoding: 'ieee-p1363' } => ({
  key,
  dsaEncoding: 'ieee-p1363',
});

export function signJwt(claims: Claims, { id, algorithm, privateKey }: TokenKey): string {
  if (!privateKey) throw new Error('only a private key can sign');
  const signed = `${encode({ alg: algorithm, kid: id })}.${encode(claims)}`;
  return `${signed}.${sign('sha256', Buffer.from(signed), withEncoding(privateKey)).toString('base64url')}`;
}

/** The claims, when one of the keys signed them; undefined for anything else. The algorithm is the key's, never the token's choice. */
export function verifyJwt(token: string, keys: readonly TokenKey[]): Claims | undefined {
  const [head = '', body = '', signature = '', ...more] = token.split('.');
  const header = decode(head);
  if (!header || more.length > 0) return undefined;
  const signed = Buffer.from(`${head}.${body}`);
  const proof = Buffer.from(signature, 'base64url');
  const proven = keys.some(
    ({ id, algorithm, publicKey }) =>
      header['alg'] === algorithm &&
      (header['kid'] === undefined || header['kid'] === id) &&
      verify('sha256', signed, withEncoding(publicKey), proof),
  );
  return proven ? decode(body) : undefined;
}

function decode(part: string): Claims | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Claims) : undefined;
  } catch {
    return undefined; // no token of ours: whoever sent it is told Unauthorized
  }
}
