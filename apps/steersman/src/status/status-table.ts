import type { Paint } from '../command/out.ts';
import type { ClusterStatus, ComponentStatus } from './status.ts';

const HEAD = ['COMPONENT', 'STATE', 'PID', 'UP', 'MEMORY', 'PORTS', 'VERSION', 'RESTARTS'] as const;

/** One screen that answers: is it well, and if not, what is not? */
export function statusTable(found: ClusterStatus, paint: Paint): string {
  const { supervisor, components, nodes } = found;
  const isUp = components.every(({ state }) => state === 'running') && supervisor.state === 'running';
  const isDown = components.every(({ state }) => state !== 'running');
  const verdict = isUp ? paint('green', 'running') : isDown ? paint('dim', 'down') : paint('yellow', 'running in part');
  return [
    `Cluster ${paint('bold', found.name)} is ${verdict}; Steersman ${found.version} in ${found.dataDir}`,
    `API ${found.api}, pods ${found.podRange}, services ${found.serviceRange}`,
    '',
    ...table([HEAD, ...components.map(row)]).map((line, at) =>
      at === 0 ? paint('dim', line) : paintState(line, components[at - 1]?.state, paint),
    ),
    '',
    ...nodes.map(
      node => `Node ${node.name} is ${node.isReady ? paint('green', 'Ready') : `${paint('red', 'not Ready')}: ${node.message}`}`,
    ),
    ...components
      .filter(({ state }) => state === 'halted')
      .map(({ name, pid }) => paint('red', `${name} was stopped by a signal and answers nobody: kill -CONT ${pid} lets it go on`)),
    ...(supervisor.state === 'stopped' && !isDown
      ? [paint('yellow', 'The supervisor is gone: what ends stays down. `steersman up` starts a new one.')]
      : []),
    `Memory in all ${megabytes(sum([supervisor.pssBytes, ...components.map(({ pssBytes }) => pssBytes)]))}`,
  ].join('\n');
}

const row = ({ name, state, pid, uptimeSeconds, pssBytes, ports, version, restarts }: ComponentStatus): readonly string[] => [
  name,
  state,
  pid === undefined ? '-' : String(pid),
  uptimeSeconds === undefined ? '-' : age(uptimeSeconds),
  pssBytes === undefined ? '-' : megabytes(pssBytes),
  ports.join(',') || '-',
  version || '-',
  String(restarts),
];

function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = HEAD.map((_, column) => Math.max(...rows.map(cells => cells[column]?.length ?? 0)) + 2);
  return rows.map(cells => `  ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('')}`.trimEnd());
}

/** After the columns are set: colours have no width. */
function paintState(line: string, state: string | undefined, paint: Paint): string {
  if (state === undefined) return line;
  return line.replace(` ${state} `, ` ${paint(state === 'running' ? 'green' : 'red', state)} `);
}

/** As kubectl shows it: `12s`, `5m`, `3h20m`, `2d`. */
export function age(seconds: number): string {
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours}h${minutes % 60}m` : `${Math.floor(hours / 24)}d`;
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 1024 / 1024)} MB`;
const sum = (values: readonly (number | undefined)[]): number => values.reduce<number>((total, value) => total + (value ?? 0), 0);
