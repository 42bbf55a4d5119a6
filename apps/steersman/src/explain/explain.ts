import { get } from 'node:http';
import { ConfigError, type ConfigOf } from '@steersman/config';
import type { NodeExplanation } from '@steersman/scheduling';
import type { Pod } from '@steersman/types';
import { type Api, connectApi } from '../cluster/api.ts';
import { chooseCluster, stateOf } from '../cluster/choose-cluster.ts';
import type { Context } from '../command/context.ts';
import type { explainSettings } from '../command/settings.ts';
import { UserError } from '../command/user-error.ts';
import { explanationText } from './explanation-text.ts';

const TIMEOUT_MS = 5_000;
const POD = /^(?:pods?|po)\/([a-z0-9.-]+)$/;

export interface ExplainRequest {
  readonly config: ConfigOf<typeof explainSettings>;
  readonly operands: readonly string[];
}

/** Why a pod has no node, as the scheduler sees it now. */
export async function explain({ config, operands }: ExplainRequest, { registry, out, signal }: Context): Promise<void> {
  const [, name] = POD.exec(operands[0] ?? '') ?? [];
  if (name === undefined || operands.length > 1)
    throw new ConfigError(['name one pod, such as pod/web; --namespace says which namespace it is in']);
  const chosen = chooseCluster(config, registry);
  const state = stateOf(chosen, registry);
  const pod = `${config.namespace}/${name}`;
  using api = connectApi(chosen.layout, state);
  const found = await podOf(api, { namespace: config.namespace, name }, signal);
  if (!found) throw new UserError(`there is no pod ${pod}`, { hint: 'kubectl get pods --all-namespaces shows those there are' });
  if (found.spec.nodeName)
    return out.print(`Pod ${pod} is on node ${found.spec.nodeName}; its phase is ${found.status.phase ?? 'not known yet'}.`);
  const nodes = await askScheduler(state.ports.scheduler, pod);
  if (!nodes) {
    throw new UserError(`the scheduler has no pod ${pod} waiting`, {
      hint: `its spec.schedulerName is ${found.spec.schedulerName ?? 'not set'}; see: steersman logs scheduler`,
    });
  }
  out.print(explanationText(pod, nodes, out.paint));
}

async function podOf(
  api: Api,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  signal: AbortSignal,
): Promise<Pod | undefined> {
  const { code, body } = await api.get(`/api/v1/namespaces/${namespace}/pods/${name}`, signal);
  if (code === 404) return undefined;
  if (code !== 200) throw new UserError(`the API answered ${code}: ${body}`);
  return JSON.parse(body) as Pod;
}

/** Undefined when the scheduler does not know of it, or does not lead. */
function askScheduler(port: number, pod: string): Promise<readonly NodeExplanation[] | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<readonly NodeExplanation[] | undefined>();
  const path = `/explain?pod=${encodeURIComponent(pod)}`;
  const call = get({ host: '127.0.0.1', port, path, timeout: TIMEOUT_MS, agent: false }, response => {
    let body = '';
    response.setEncoding('utf8').on('data', (text: string) => (body += text));
    response.once('error', reject);
    response.once('end', () =>
      resolve(response.statusCode === 200 ? (JSON.parse(body) as { nodes: readonly NodeExplanation[] }).nodes : undefined),
    );
  });
  call.once('timeout', () => call.destroy(new Error('no answer in time')));
  call.once('error', err => reject(new UserError(`the scheduler does not answer: ${err.message}`, { hint: 'see: steersman status' })));
  return promise;
}
