import type { ElementChange } from '@steersman/endpoints';

/** UDP flows whose translation no longer holds. */
export interface StaleFlows {
  readonly address: string;
  readonly port: number;
  /** Those that go to this backend; all of the address and port if absent. */
  readonly backend?: string;
}

/**
 * A UDP flow has no end that the kernel would see: as long as the client sends, its packets go where the first one went, also
 * to a backend that is no more, or nowhere if there was none.
 */
export function staleFlows(changes: readonly ElementChange[]): readonly StaleFlows[] {
  const udp = changes.filter(({ key }) => key.includes(' . udp . '));
  const backends = udp.filter(({ set }) => set.startsWith('service-backend-'));
  const kept = new Set(backends.flatMap(({ key, next }) => (next === undefined ? [] : [`${frontOf(key)} ${next}`])));
  const gone = backends.filter(({ key, prev }) => prev !== undefined && !kept.has(`${frontOf(key)} ${prev}`));
  const opened = udp.filter(({ set, prev, next }) => set.startsWith('service-route-') && isPick(next) && !isPick(prev));
  return [
    ...gone.map(({ key, prev = '' }) => ({ ...addressOf(key), backend: prev.split(' . ')[0] ?? '' })),
    ...opened.map(({ key }) => addressOf(key)),
  ];
}

const frontOf = (key: string): string => key.split(' . ').slice(0, 3).join(' . ');

const addressOf = (key: string): { readonly address: string; readonly port: number } => {
  const [address = '', , port] = key.split(' . ');
  return { address, port: Number(port) };
};

/** Whether a verdict leads to a backend. */
const isPick = (verdict: string | undefined): boolean => /^goto service-(pick|stay)-/.test(verdict ?? '');
