import type { ClusterStatus, ComponentStatus } from '../status/status.ts';
import type { Finding } from './checks.ts';

/** What is wrong with a cluster that should be running. */
export const examineCluster = ({ name, components, nodes }: Pick<ClusterStatus, 'name' | 'components' | 'nodes'>): readonly Finding[] => [
  ...components.map(component => examineComponent(name, component)),
  ...nodes.map((node): Finding => {
    const label = `node ${node.name}`;
    if (node.isReady) return { name: label, verdict: 'good', fact: 'Ready' };
    return { name: label, verdict: 'bad', fact: `not Ready: ${node.message}`, advice: `steersman logs kubelet --name ${name}` };
  }),
];

function examineComponent(cluster: string, { name, state, pid, restarts }: ComponentStatus): Finding {
  if (state === 'running') return { name, verdict: 'good', fact: restarts === 0 ? 'running' : `running, started again ${restarts} times` };
  if (state === 'halted') {
    return { name, verdict: 'bad', fact: `process ${pid} was stopped by a signal`, advice: `let it go on: kill -CONT ${pid}` };
  }
  return { name, verdict: 'bad', fact: state, advice: `see why: steersman logs ${name} --name ${cluster}` };
}
