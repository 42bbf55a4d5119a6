import type { Clock } from '@steersman/async';
import type { Client } from '@steersman/client';
import { type Controller, type Turn, watch } from '@steersman/controller';
import { isReason, toStatusError } from '@steersman/status';
import { type ApiObject, jsonEquals, type Kind, STORED_KINDS, type Namespace, namespaceKind, podKind } from '@steersman/types';
import type { Informers } from '../informers.ts';
import { type Progress, type Remainder, withProgress } from './namespace-conditions.ts';

const FINALIZER = 'kubernetes';
const PAGE = 500;
/** Contents go when their kubelets and controllers are done: nobody tells us of the last of all kinds. */
const LOOK_AGAIN_MS = 1_000;

export interface NamespaceDeps {
  readonly client: Client;
  readonly informer: Informers;
  readonly clock: Clock;
}

/** Empties a namespace that is being deleted, then lets it go. */
export function namespaceController({ client, informer, clock }: NamespaceDeps): Controller {
  const namespaces = informer(namespaceKind);
  return {
    name: 'namespace',
    workers: 5,
    watches: [
      watch(namespaces, ({ metadata }) => [metadata.name]),
      // The last pod is what a namespace waits for longest: no need to wait for the next look as well.
      watch(informer(podKind), ({ metadata: { namespace = '' } }) =>
        namespaces.get(namespace)?.metadata.deletionTimestamp ? [namespace] : [],
      ),
    ],
    async reconcile(key, { signal, log }) {
      const namespace = namespaces.get(key);
      if (!namespace?.metadata.deletionTimestamp || !namespace.spec.finalizers?.includes(FINALIZER)) return undefined;
      const progress = await empty(client, key, signal);
      const current = await writeStatus(client, { namespace, progress, now: clock.wall(), signal });
      const remaining = progress.remainders.reduce((sum, { count }) => sum + count, 0);
      if (remaining > 0 || progress.failures.length > 0) return { againInMs: LOOK_AGAIN_MS };
      await finalize(client, current, signal);
      log.info('namespace emptied');
      return undefined;
    },
  };
}

/** Pods first: what they use stays until they are told to stop. */
const CONTENTS = STORED_KINDS.filter(({ scope }) => scope === 'Namespaced').sort(
  (a, b) => Number(b.plural === podKind.plural) - Number(a.plural === podKind.plural),
);

async function empty(client: Client, namespace: string, signal: AbortSignal): Promise<Progress> {
  const remainders: Remainder[] = [];
  const failures: string[] = [];
  for (const kind of CONTENTS) {
    try {
      remainders.push(await deleteAll(client, { kind, namespace, signal }));
    } catch (err) {
      signal.throwIfAborted();
      failures.push(toStatusError(err).message);
    }
  }
  return { remainders, failures };
}

/** Deletes all objects of a kind and counts those that are still there after it. */
async function deleteAll(
  client: Client,
  { kind, namespace, signal }: { readonly kind: Kind; readonly namespace: string; readonly signal: AbortSignal },
): Promise<Remainder> {
  const objects = client.of(kind);
  for await (const { metadata } of listed(client, { kind, namespace, signal })) {
    if (metadata.deletionTimestamp) continue;
    try {
      await objects.delete(metadata, { propagationPolicy: 'Background', preconditions: { uid: metadata.uid }, signal });
    } catch (err) {
      if (!isReason(err, 'NotFound', 'Conflict')) throw err; // gone, or another of that name: the next look finds it
    }
  }
  let count = 0;
  const finalizers = new Map<string, number>();
  for await (const { metadata } of listed(client, { kind, namespace, signal })) {
    count++;
    for (const name of metadata.finalizers ?? []) finalizers.set(name, (finalizers.get(name) ?? 0) + 1);
  }
  return { kind, count, finalizers };
}

async function* listed(
  client: Client,
  { kind, namespace, signal }: { readonly kind: Kind; readonly namespace: string; readonly signal: AbortSignal },
): AsyncGenerator<ApiObject> {
  let from: string | undefined;
  do {
    const page = await client.of(kind).list({ namespace, limit: PAGE, signal, ...(from !== undefined && { continue: from }) });
    yield* page.items;
    from = page.continue;
  } while (from !== undefined);
}

interface StatusWrite {
  readonly namespace: Namespace;
  readonly progress: Progress;
  readonly now: Date;
  readonly signal: Turn['signal'];
}

async function writeStatus(client: Client, { namespace, progress, now, signal }: StatusWrite): Promise<Namespace> {
  const status = { ...namespace.status, phase: 'Terminating', conditions: withProgress(namespace.status.conditions ?? [], progress, now) };
  return jsonEquals(status, namespace.status)
    ? namespace
    : await client.of(namespaceKind).updateStatus({ ...namespace, status }, { signal });
}

async function finalize(client: Client, namespace: Namespace, signal: AbortSignal): Promise<void> {
  const finalizers = (namespace.spec.finalizers ?? []).filter(name => name !== FINALIZER);
  try {
    await client.of(namespaceKind).update({ ...namespace, spec: { ...namespace.spec, finalizers } }, { subresource: 'finalize', signal });
  } catch (err) {
    if (!isReason(err, 'NotFound')) throw err;
  }
}
