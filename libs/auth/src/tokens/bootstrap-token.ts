import { timingSafeEqual } from 'node:crypto';
import type { Secret } from '@steersman/types';
import type { User } from '../user.ts';

const TOKEN = /^([a-z0-9]{6})\.([a-z0-9]{16})$/;
const TYPE = 'bootstrap.kubernetes.io/token';
const GROUP = 'system:bootstrappers';
const EXTRA_GROUP = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/;

export const BOOTSTRAP_NAMESPACE = 'kube-system';

/** The secret behind a bootstrap token, `<id>.<secret>`; undefined for what is none. */
export function bootstrapSecretName(token: string): string | undefined {
  const [, id] = TOKEN.exec(token) ?? [];
  return id === undefined ? undefined : `bootstrap-token-${id}`;
}

/** The user of a bootstrap token, when its secret says so: nodes join with one and get a certificate for it. */
export function userOfBootstrapToken(token: string, { type, data = {}, metadata }: Secret, now: Date): User | undefined {
  const [, id = '', secret = ''] = TOKEN.exec(token) ?? [];
  const text = (key: string): string => Buffer.from(data[key] ?? '', 'base64').toString('utf8');
  const isMeant =
    type === TYPE &&
    metadata.deletionTimestamp === undefined &&
    text('token-id') === id &&
    text('usage-bootstrap-authentication') === 'true' &&
    !hasExpired(text('expiration'), now) &&
    sameText(text('token-secret'), secret);
  if (!isMeant) return undefined;
  const extra = text('auth-extra-groups').split(',').filter(Boolean);
  if (!extra.every(group => EXTRA_GROUP.test(group))) return undefined;
  return { name: `system:bootstrap:${id}`, groups: [GROUP, ...extra, 'system:authenticated'] };
}

/** A time nobody can read is over. */
function hasExpired(expiration: string, now: Date): boolean {
  return expiration !== '' && !(new Date(expiration).getTime() > now.getTime());
}

function sameText(expected: string, given: string): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(given)];
  return a.length === b.length && timingSafeEqual(a, b);
}
