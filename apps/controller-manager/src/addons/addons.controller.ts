import type { Client } from '@steersman/client';
import type { Controller, Watch } from '@steersman/controller';
import { isReason } from '@steersman/status';
import { type Manifest, readManifests } from './read-manifests.ts';

export interface AddonsDeps {
  readonly client: Client;
  /** '' for none. */
  readonly folder: string;
}

/** Upstream's addon manager knows this label: objects of the mode EnsureExists belong to whoever changes them. */
const MODE = 'addonmanager.kubernetes.io/mode';
const ENSURE_EXISTS = 'EnsureExists';
const KEY = 'addons';
/** Between two looks at the folder, and at what has become of its objects. */
const LOOK_MS = 30_000;

/** The one key, once. */
const fromTheStart: Watch = {
  synced: async () => {},
  start(enqueue) {
    enqueue(KEY, undefined);
    return { [Symbol.dispose]: () => {} };
  },
};

/** Keeps the manifests of a folder applied, and tries each one again until it is in. What is taken out of the folder stays in the cluster. */
export const addonsController = ({ client, folder }: AddonsDeps): Controller => ({
  name: 'addons',
  watches: folder === '' ? [] : [fromTheStart],

  async reconcile(_key, { signal, log }) {
    const { manifests, faults } = readManifests(folder);
    const failed = [...faults];
    for (const manifest of manifests) {
      try {
        if (await apply(client, manifest, signal)) log.info('addon applied', { source: manifest.source });
      } catch (err) {
        signal.throwIfAborted();
        failed.push(new Error(`addon ${manifest.source}: ${(err as Error).message}`, { cause: err }));
      }
    }
    if (failed.length > 0) throw new AggregateError(failed, failed.map(({ message }) => message).join('; '));
    return { againInMs: LOOK_MS };
  },
});

/** Whether anything was written. */
async function apply(client: Client, { kind, object }: Manifest, signal: AbortSignal): Promise<boolean> {
  const objects = client.of(kind);
  const { metadata } = object;
  try {
    const before = await objects.get(metadata, { signal });
    if (metadata.labels?.[MODE] === ENSURE_EXISTS) return false;
    const after = await objects.patch(metadata, object, { type: 'application/merge-patch+json', signal });
    return after.metadata.resourceVersion !== before.metadata.resourceVersion;
  } catch (err) {
    if (!isReason(err, 'NotFound')) throw err;
    await objects.create(object, { signal });
    return true;
  }
}
