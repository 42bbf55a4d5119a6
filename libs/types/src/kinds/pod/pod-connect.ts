import { StatusError } from '@steersman/status';
import type { Pod } from '../../gen/types.ts';
import type { NodeTarget, Subresource } from '../../kind.ts';

const badRequest = (message: string): StatusError => new StatusError('BadRequest', message);

function nodeOf({ metadata, spec }: Pod): string {
  if (spec.nodeName) return spec.nodeName;
  throw badRequest(`pod ${metadata.name} does not have a host assigned`);
}

/** The container that was asked for, or the only one. */
function containerOf({ metadata, spec }: Pod, query: URLSearchParams): string {
  const asked = query.get('container') ?? '';
  const main = spec.containers.map(({ name }) => name);
  const others = [...(spec.initContainers ?? []), ...(spec.ephemeralContainers ?? [])].map(({ name }) => name);
  if (asked !== '') {
    if ([...main, ...others].includes(asked)) return asked;
    throw badRequest(`container ${asked} is not valid for pod ${metadata.name}`);
  }
  const [only, ...more] = main;
  if (only !== undefined && more.length === 0) return only;
  const init = (spec.initContainers ?? []).map(({ name }) => name);
  const rest = init.length > 0 ? ` or one of the init containers: [${init.join(' ')}]` : '';
  throw badRequest(`a container name must be specified for pod ${metadata.name}, choose one of: [${main.join(' ')}]${rest}`);
}

const copy = (query: URLSearchParams, names: readonly string[]): URLSearchParams =>
  new URLSearchParams([...query].filter(([name]) => names.includes(name)));

const LOG_OPTIONS = ['follow', 'previous', 'sinceSeconds', 'sinceTime', 'timestamps', 'tailLines', 'limitBytes', 'stream'];

function logTarget(pod: Pod, query: URLSearchParams): NodeTarget {
  const container = containerOf(pod, query);
  return {
    nodeName: nodeOf(pod),
    path: `/containerLogs/${pod.metadata.namespace}/${pod.metadata.name}/${container}`,
    query: copy(query, LOG_OPTIONS),
  };
}

/** The kubelet's names for the streams: input, output, error, tty. */
const STREAMS = { stdin: 'input', stdout: 'output', stderr: 'error', tty: 'tty' } as const;
const isOn = (value: string | null): boolean => value === 'true' || value === '1';

function streamTarget(pod: Pod, { verb, query }: { readonly verb: 'exec' | 'attach'; readonly query: URLSearchParams }): NodeTarget {
  if (pod.status.phase === 'Succeeded' || pod.status.phase === 'Failed') {
    throw badRequest(`cannot exec into a container in a completed pod; current phase is ${pod.status.phase}`);
  }
  const container = containerOf(pod, query);
  const passed = new URLSearchParams(
    Object.entries(STREAMS).flatMap(([name, streamName]) => (isOn(query.get(name)) ? [[streamName, '1']] : [])),
  );
  if (verb === 'exec') for (const part of query.getAll('command')) passed.append('command', part);
  const { namespace, name, uid } = pod.metadata;
  return { nodeName: nodeOf(pod), path: `/${verb}/${namespace}/${name}/${uid}/${container}`, query: passed };
}

function portForwardTarget(pod: Pod, query: URLSearchParams): NodeTarget {
  const { namespace, name, uid } = pod.metadata;
  return { nodeName: nodeOf(pod), path: `/portForward/${namespace}/${name}/${uid}`, query: copy(query, ['ports']) };
}

export const podConnections: readonly Subresource<Pod>[] = [
  { name: 'log', connect: { methods: ['GET'], kind: 'Pod', target: logTarget } },
  {
    name: 'exec',
    connect: { methods: ['GET', 'POST'], kind: 'PodExecOptions', target: (pod, query) => streamTarget(pod, { verb: 'exec', query }) },
  },
  {
    name: 'attach',
    connect: { methods: ['GET', 'POST'], kind: 'PodAttachOptions', target: (pod, query) => streamTarget(pod, { verb: 'attach', query }) },
  },
  { name: 'portforward', connect: { methods: ['GET', 'POST'], kind: 'PodPortForwardOptions', target: portForwardTarget } },
];
