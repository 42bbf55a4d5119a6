import type { Clock } from '@steersman/async';
import type { Api } from '../cluster/api.ts';
import { UserError } from '../command/user-error.ts';

const LIMIT_MS = 120_000;
const POLL_MS = 250;
const MIRROR = 'kubernetes.io/config.mirror';

interface Pod {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly { readonly kind: string }[];
  };
}

export interface DrainDeps {
  readonly api: Api;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Takes no new pods on the node and moves its pods away, as their disruption budgets allow; those bound to the node stay. */
export async function drain(node: string, { api, clock, signal }: DrainDeps): Promise<number> {
  const path = `/api/v1/nodes/${node}`;
  const { code, body } = await api.send({ method: 'PATCH', path, body: { spec: { unschedulable: true } } }, signal);
  if (code === 404) return 0;
  if (code !== 200)
    throw new UserError(`the API does not close node ${node}: ${body}`, { hint: 'node remove --force takes it away as it is' });
  const deadline = clock.now() + LIMIT_MS;
  const moved = new Set<string>();
  for (;;) {
    const left = await movablePods(node, { api, signal });
    if (left.length === 0) return moved.size;
    if (clock.now() > deadline) {
      const names = left.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`).join(', ');
      throw new UserError(`these pods did not leave node ${node}: ${names}`, { hint: 'node remove --force takes it away with them' });
    }
    for (const { metadata } of left) {
      moved.add(`${metadata.namespace}/${metadata.name}`);
      await evict(metadata, { api, signal });
    }
    await clock.sleep(POLL_MS, signal);
  }
}

async function movablePods(node: string, { api, signal }: Omit<DrainDeps, 'clock'>): Promise<readonly Pod[]> {
  const { code, body } = await api.get(`/api/v1/pods?fieldSelector=spec.nodeName%3D${node}`, signal);
  if (code !== 200) throw new UserError(`the API does not list the pods of node ${node}: ${body}`);
  return (JSON.parse(body) as { readonly items: readonly Pod[] }).items.filter(
    ({ metadata: { annotations, ownerReferences = [] } }) =>
      annotations?.[MIRROR] === undefined && !ownerReferences.some(({ kind }) => kind === 'DaemonSet'),
  );
}

/** A budget may refuse for now; it is asked again. */
async function evict({ name, namespace }: Pod['metadata'], { api, signal }: Omit<DrainDeps, 'clock'>): Promise<void> {
  const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace } };
  await api.send({ method: 'POST', path: `/api/v1/namespaces/${namespace}/pods/${name}/eviction`, body }, signal);
}
