import type { CounterCell, HistogramCell, Metrics } from '@steersman/telemetry';
import { rcodeName, typeName } from './wire/codes.ts';
import type { Transport } from './wire/reply.ts';

/** Who asked, as far as metrics tell clients apart. */
export interface Client {
  readonly transport: Transport;
  readonly family: 4 | 6;
}

export interface Answered {
  readonly client: Client;
  /** undefined for what could not be read. */
  readonly type: number | undefined;
  readonly rcode: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
  readonly seconds: number;
  readonly isCluster: boolean;
}

export interface DnsMetrics {
  answered(answered: Answered): void;
  cache(isHit: boolean): void;
  failed(): void;
}

/** Seconds, 62.5 µs to 8 s. */
const LATENCY = Array.from({ length: 18 }, (_, at) => 0.0000625 * 2 ** at);
const SIZES = [0, 100, 200, 300, 400, 511, 1_023, 2_047, 4_095, 8_291, 16_000, 32_000, 48_000, 64_000];

interface Cells {
  readonly requests: CounterCell;
  readonly responses: CounterCell;
  readonly duration: HistogramCell;
  readonly requestSize: HistogramCell;
  readonly responseSize: HistogramCell;
}

/** CoreDNS' names and labels, so that its dashboards fit. */
export function dnsMetrics(metrics: Metrics, { port, zone }: { readonly port: number; readonly zone: string }): DnsMetrics {
  const server = `dns://:${port}`;
  const cellsOf = requestCells(metrics, { server, zone: `${zone}.` });
  const cacheLabels = ['server', 'zones', 'view'];
  const hits = metrics.counter({ name: 'coredns_cache_hits_total', help: 'Answers that were known', labels: cacheLabels });
  const misses = metrics.counter({ name: 'coredns_cache_misses_total', help: 'Answers that had to be made', labels: cacheLabels });
  const panics = metrics.counter({ name: 'coredns_panics_total', help: 'Questions that failed by a fault of this server' });
  const [hit, miss, panic] = [hits.of(server, '.', ''), misses.of(server, '.', ''), panics.of()];
  return {
    answered(answered) {
      const cells = cellsOf(answered);
      cells.requests.add();
      cells.responses.add();
      cells.duration.observe(answered.seconds);
      cells.requestSize.observe(answered.requestBytes);
      cells.responseSize.observe(answered.responseBytes);
    },
    cache: isHit => (isHit ? hit : miss).add(),
    failed: () => panic.add(),
  };
}

/** The cells of one combination of labels are found by one number. */
function requestCells(
  metrics: Metrics,
  { server, zone }: { readonly server: string; readonly zone: string },
): (answered: Answered) => Cells {
  const labels = ['server', 'zone', 'view'];
  const sized = [...labels, 'proto'];
  const requests = metrics.counter({
    name: 'coredns_dns_requests_total',
    help: 'Queries received',
    labels: [...sized, 'family', 'type'],
  });
  const responses = metrics.counter({ name: 'coredns_dns_responses_total', help: 'Answers sent', labels: [...labels, 'rcode', 'plugin'] });
  const duration = metrics.histogram({
    name: 'coredns_dns_request_duration_seconds',
    help: 'Time until the answer',
    labels,
    buckets: LATENCY,
  });
  const requestSize = metrics.histogram({
    name: 'coredns_dns_request_size_bytes',
    help: 'Sizes of queries',
    labels: sized,
    buckets: SIZES,
  });
  const responseSize = metrics.histogram({
    name: 'coredns_dns_response_size_bytes',
    help: 'Sizes of answers',
    labels: sized,
    buckets: SIZES,
  });
  const known = new Map<number, Cells>();
  return answered => {
    const { client, type, rcode, isCluster } = answered;
    const key = numberOf(answered);
    const found = known.get(key);
    if (found) return found;
    const of = [server, type === undefined ? 'dropped' : isCluster ? zone : '.', ''];
    const made = {
      requests: requests.of(...of, client.transport, client.family === 6 ? '2' : '1', type === undefined ? 'other' : typeName(type)),
      responses: responses.of(...of, rcodeName(rcode), isCluster ? 'kubernetes' : 'forward'),
      duration: duration.of(...of),
      requestSize: requestSize.of(...of, client.transport),
      responseSize: responseSize.of(...of, client.transport),
    };
    if (known.size < MAX_KNOWN) known.set(key, made);
    return made;
  };
}

const numberOf = ({ client, type, rcode, isCluster }: Answered): number =>
  ((type ?? 0x1_0000) * 32 + rcode) * 8 + (client.transport === 'tcp' ? 4 : 0) + (client.family === 6 ? 2 : 0) + (isCluster ? 1 : 0);

/** Types are the client's choice: 65,536 of them must not fill the memory. */
const MAX_KNOWN = 1_000;
