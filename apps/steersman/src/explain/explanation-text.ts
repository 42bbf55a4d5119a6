import type { NodeExplanation, Refusal } from '@steersman/scheduling';
import type { Paint } from '../command/out.ts';

const MEBIBYTE = 2 ** 20;

/** Node by node, what keeps a pod away: the filter of the scheduler, its reason, and the number that was missing. */
export function explanationText(pod: string, nodes: readonly NodeExplanation[], paint: Paint): string {
  if (nodes.length === 0) return `Pod ${pod} waits: there is no node.`;
  const free = nodes.filter(({ refusals }) => refusals.length === 0);
  const verdict =
    free.length > 0
      ? `it could go to ${free.map(({ nodeName }) => nodeName).join(', ')}, and is tried again within its back-off`
      : `it fits on none of ${nodes.length} ${nodes.length === 1 ? 'node' : 'nodes'}`;
  const rows = nodes.flatMap(({ nodeName, refusals }) =>
    refusals.length === 0 ? [[nodeName, '-', 'fits']] : refusals.map(refusal => [nodeName, refusal.filter, reasonOf(refusal)]),
  );
  return [`Pod ${paint('bold', pod)} waits: ${verdict}.`, '', ...table([['NODE', 'REFUSED BY', 'WHY'], ...rows], paint)].join('\n');
}

function reasonOf({ message, shortage }: Refusal): string {
  if (!shortage) return message;
  const { resource, wanted, free, allocatable } = shortage;
  const shown = (amount: number): string => amountText(resource, Math.max(0, amount));
  return `${message}: wants ${shown(wanted)}, ${shown(free)} of ${shown(allocatable)} free`;
}

/** CPU comes in thousandths. */
function amountText(resource: string, amount: number): string {
  if (resource === 'cpu') return String(amount / 1_000);
  const isBytes = resource === 'memory' || resource === 'ephemeral-storage' || resource.startsWith('hugepages-');
  return isBytes ? `${Math.round(amount / MEBIBYTE)} MiB` : String(amount);
}

function table(rows: readonly (readonly string[])[], paint: Paint): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(cells => cells[column]?.length ?? 0)) + 2);
  return rows.map((cells, at) => {
    const line = `  ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('')}`.trimEnd();
    return at === 0 ? paint('dim', line) : line;
  });
}
