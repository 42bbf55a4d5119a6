import type { ContainerStatus, Pod } from '../../gen/types.ts';
import { age } from '../../human-duration.ts';
import type { Column } from '../../kind.ts';

const NONE = '<none>';

export const podColumns: readonly Column<Pod>[] = [
  { name: 'Ready', description: 'The aggregate readiness state of this pod for accepting traffic.', value: pod => summarize(pod).ready },
  { name: 'Status', description: 'The aggregate status of the containers in this pod.', value: pod => summarize(pod).status },
  {
    name: 'Restarts',
    description:
      'The number of times the containers in this pod have been restarted and when the last container in this pod has restarted.',
    value: restarts,
  },
  {
    name: 'IP',
    priority: 1,
    description: 'IP address allocated to the pod.',
    value: ({ status }) => status.podIPs?.[0]?.ip ?? status.podIP ?? NONE,
  },
  { name: 'Node', priority: 1, description: 'Node the pod is placed on.', value: ({ spec }) => spec.nodeName ?? NONE },
  {
    name: 'Nominated Node',
    priority: 1,
    description: 'Node the pod may be placed on after preemption.',
    value: ({ status }) => status.nominatedNodeName ?? NONE,
  },
  { name: 'Readiness Gates', priority: 1, description: 'Readiness gates that hold / all of them.', value: readinessGates },
];

interface Summary {
  readonly ready: string;
  readonly status: string;
  readonly restarts: number;
  readonly lastRestart: string;
}

const isTrue = (pod: Pod, type: string): boolean =>
  pod.status.conditions?.some(condition => condition.type === type && condition.status === 'True') ?? false;

/** The rules of upstream's printer, step for step: what counts is the last of them that applies. */
function summarize(pod: Pod): Summary {
  const sidecars = new Set(
    (pod.spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always').map(({ name }) => name),
  );
  const init = summarizeInit(pod, sidecars);
  const ofInit = init.restarts;
  const main = !init.reason || isTrue(pod, 'Initialized') ? summarizeMain(pod, init) : { reason: init.reason, ready: 0, restarts: ofInit };
  const total = pod.spec.containers.length + sidecars.size;
  return {
    ready: `${init.readySidecars + main.ready}/${total}`,
    status: deletionStatus(pod) ?? main.reason,
    restarts: main.restarts.count,
    lastRestart: main.restarts.last,
  };
}

interface Restarts {
  readonly count: number;
  /** RFC 3339, '' when there was none. */
  readonly last: string;
}

const restartsOf = (statuses: readonly ContainerStatus[]): Restarts => ({
  count: statuses.reduce((sum, { restartCount }) => sum + restartCount, 0),
  last: statuses.map(({ lastState }) => lastState?.terminated?.finishedAt ?? '').reduce((latest, at) => (at > latest ? at : latest), ''),
});

interface InitSummary {
  /** Undefined once initialization is over. */
  readonly reason: string | undefined;
  readonly readySidecars: number;
  readonly restarts: Restarts;
  readonly sidecarRestarts: Restarts;
}

function summarizeInit(pod: Pod, sidecars: ReadonlySet<string>): InitSummary {
  const statuses = pod.status.initContainerStatuses ?? [];
  let readySidecars = 0;
  let reason: string | undefined;
  let seen = 0;
  for (const status of statuses) {
    seen++;
    const isSidecar = sidecars.has(status.name);
    if (status.state?.terminated?.exitCode === 0) continue;
    if (isSidecar && status.started) {
      if (status.ready) readySidecars++;
      continue;
    }
    reason = initReason(status, `Init:${seen - 1}/${pod.spec.initContainers?.length ?? 0}`);
    break;
  }
  const looked = statuses.slice(0, seen);
  return {
    reason,
    readySidecars,
    restarts: restartsOf(looked),
    sidecarRestarts: restartsOf(looked.filter(({ name }) => sidecars.has(name))),
  };
}

function initReason({ state }: ContainerStatus, progress: string): string {
  if (state?.terminated) return `Init:${state.terminated.reason || exitReason(state.terminated)}`;
  const waiting = state?.waiting?.reason;
  return waiting && waiting !== 'PodInitializing' ? `Init:${waiting}` : progress;
}

const exitReason = ({ signal, exitCode }: { signal?: number; exitCode: number }): string =>
  signal ? `Signal:${signal}` : `ExitCode:${exitCode}`;

function phaseReason({ status }: Pod): string {
  if (status.conditions?.some(({ type, reason }) => type === 'PodScheduled' && reason === 'SchedulingGated')) return 'SchedulingGated';
  return status.reason || status.phase || 'Unknown';
}

function summarizeMain(pod: Pod, init: InitSummary): { readonly reason: string; readonly ready: number; readonly restarts: Restarts } {
  const statuses = pod.status.containerStatuses ?? [];
  const running = statuses.filter(({ ready, state }) => ready && state?.running).length;
  const reason = statuses.map(({ state }) => stateReason(state)).find(found => found !== undefined) ?? init.reason ?? phaseReason(pod);
  const main = restartsOf(statuses);
  const restarts = {
    count: main.count + init.sidecarRestarts.count,
    last: main.last > init.sidecarRestarts.last ? main.last : init.sidecarRestarts.last,
  };
  const shown = reason === 'Completed' && running > 0 ? (isTrue(pod, 'Ready') ? 'Running' : 'NotReady') : reason;
  return { reason: shown, ready: running, restarts };
}

function stateReason(state: ContainerStatus['state']): string | undefined {
  if (state?.waiting?.reason) return state.waiting.reason;
  return state?.terminated ? state.terminated.reason || exitReason(state.terminated) : undefined;
}

function deletionStatus({ metadata, status }: Pod): string | undefined {
  if (!metadata.deletionTimestamp) return undefined;
  if (status.reason === 'NodeLost') return 'Unknown';
  return status.phase === 'Succeeded' || status.phase === 'Failed' ? undefined : 'Terminating';
}

function restarts(pod: Pod, { now }: { readonly now: Date }): string {
  const { restarts: count, lastRestart } = summarize(pod);
  return count > 0 && lastRestart ? `${count} (${age(lastRestart, now)} ago)` : String(count);
}

function readinessGates(pod: Pod): string {
  const gates = pod.spec.readinessGates ?? [];
  return gates.length === 0 ? NONE : `${gates.filter(({ conditionType }) => isTrue(pod, conditionType)).length}/${gates.length}`;
}
