import type { Clock } from '@steersman/async';
import type { Client } from '@steersman/client';
import { isReason } from '@steersman/status';
import { type ConfigMap, configMapKind, type Pod, type Secret, secretKind, serviceAccountKind } from '@steersman/types';

/** A token is asked for anew when so much of its life is over, or after a day. */
const RENEW_SHARE = 0.8;
const RENEW_MS = 24 * 3_600_000;

/** The objects a pod refers to, in its namespace; undefined for one that does not exist. */
export interface PodObjects {
  configMap(name: string): Promise<ConfigMap | undefined>;
  secret(name: string): Promise<Secret | undefined>;
  /** Bound to the pod: it ends with it. */
  serviceAccountToken(request: TokenQuery): Promise<string>;
}

export interface TokenQuery {
  readonly audience?: string;
  readonly expirationSeconds: number;
}

export interface ObjectsDeps {
  readonly client: Client;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export function podObjects(
  { metadata: { namespace = '', name: podName, uid }, spec }: Pod,
  { client, clock, signal }: ObjectsDeps,
): PodObjects {
  const tokens = new Map<string, { readonly token: string; readonly renewAtMs: number }>();
  return {
    configMap: name => unlessAbsent(client.of(configMapKind).get({ namespace, name }, { signal })),
    secret: name => unlessAbsent(client.of(secretKind).get({ namespace, name }, { signal })),
    async serviceAccountToken(query) {
      const key = JSON.stringify(query);
      const known = tokens.get(key);
      if (known && clock.now() < known.renewAtMs) return known.token;
      const boundObjectRef = { apiVersion: 'v1', kind: 'Pod', name: podName, uid };
      const audiences = query.audience === undefined ? [] : [query.audience];
      const body = {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: { audiences, expirationSeconds: query.expirationSeconds, boundObjectRef },
      };
      const account = { namespace, name: spec.serviceAccountName ?? 'default' };
      const answer = (await client.of(serviceAccountKind).post(account, 'token', body, { signal })) as TokenAnswer;
      const lifeMs = Date.parse(answer.status.expirationTimestamp) - clock.wall().getTime();
      tokens.set(key, { token: answer.status.token, renewAtMs: clock.now() + Math.min(lifeMs * RENEW_SHARE, RENEW_MS) });
      return answer.status.token;
    },
  };
}

interface TokenAnswer {
  readonly status: { readonly token: string; readonly expirationTimestamp: string };
}

async function unlessAbsent<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (err) {
    if (isReason(err, 'NotFound')) return undefined;
    throw err;
  }
}
