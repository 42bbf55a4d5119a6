import type { Client } from '@steersman/client';
import { isReason, StatusError } from '@steersman/status';
import { type ConfigMap, configMapKind, type Secret, secretKind } from '@steersman/types';

/** The objects a pod refers to, in its namespace; undefined for one that does not exist. */
export interface PodObjects {
  configMap(name: string): Promise<ConfigMap | undefined>;
  secret(name: string): Promise<Secret | undefined>;
  serviceAccountToken(request: { readonly audience?: string; readonly expirationSeconds: number }): Promise<string>;
}

export function podObjects(client: Client, namespace: string, signal: AbortSignal): PodObjects {
  return {
    configMap: name => unlessAbsent(client.of(configMapKind).get({ namespace, name }, { signal })),
    secret: name => unlessAbsent(client.of(secretKind).get({ namespace, name }, { signal })),
    async serviceAccountToken() {
      throw new StatusError('MethodNotAllowed', 'this cluster issues no service account tokens');
    },
  };
}

async function unlessAbsent<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (err) {
    if (isReason(err, 'NotFound')) return undefined;
    throw err;
  }
}
