import { createLogger } from './logger.ts';
import { Metrics } from './metrics.ts';
import { formatTraceparent, newTrace, parseTraceparent, withTrace } from './trace.ts';

describe('createLogger', () => {
  const lines: string[] = [];
  const log = createLogger({ app: 'kubelet', write: line => lines.push(line), wall: () => new Date(0) });
  const last = (): unknown => JSON.parse(lines.at(-1) ?? 'null');

  it('writes one JSON line with the bound and the own fields', () => {
    log.child({ pod: 'ns/web' }).info('container started', { container: 'app' });
    expect(last()).toEqual({
      time: '1970-01-01T00:00:00.000Z',
      level: 'info',
      app: 'kubelet',
      message: 'container started',
      pod: 'ns/web',
      container: 'app',
    });
  });

  it('names the trace it is in', async () => {
    const trace = newTrace();
    await withTrace(trace, async () => {
      await Promise.resolve();
      log.info('pod bound');
    });
    expect(last()).toMatchObject({ trace: trace.traceId });
  });

  it('drops what is below its level and keeps the cause of errors', () => {
    const before = lines.length;
    log.debug('detail');
    expect(lines.length).toBe(before);
    log.warn('will retry', { err: new Error('outer', { cause: new Error('inner') }) });
    expect(last()).toMatchObject({ err: { message: 'outer', cause: { message: 'inner' } } });
  });
});

describe('parseTraceparent', () => {
  it('reads what formatTraceparent writes', () => {
    const trace = newTrace();
    expect(parseTraceparent(formatTraceparent(trace))).toEqual(trace);
  });

  it.each([
    { name: 'absent', header: undefined },
    { name: 'garbage', header: 'hello' },
    { name: 'a zero trace', header: `00-${'0'.repeat(32)}-${'1'.repeat(16)}-01` },
    { name: 'version ff', header: `ff-${'1'.repeat(32)}-${'1'.repeat(16)}-01` },
  ])('ignores $name', ({ header }) => {
    expect(parseTraceparent(header)).toBeUndefined();
  });
});

describe('Metrics', () => {
  it('writes Prometheus text', () => {
    const metrics = new Metrics();
    metrics
      .counter({ name: 'requests_total', help: 'Requests.', labels: ['verb'] })
      .of('a"b')
      .add();
    metrics.gauge({ name: 'depth', help: 'Depth.' }).of().set(3);
    metrics
      .histogram({ name: 'seconds', help: 'Time.', buckets: [0.1, 1] })
      .of()
      .observe(0.5);
    expect(metrics.text()).toBe(
      [
        '# HELP requests_total Requests.',
        '# TYPE requests_total counter',
        'requests_total{verb="a\\"b"} 1',
        '# HELP depth Depth.',
        '# TYPE depth gauge',
        'depth 3',
        '# HELP seconds Time.',
        '# TYPE seconds histogram',
        'seconds_bucket{le="0.1"} 0',
        'seconds_bucket{le="1"} 1',
        'seconds_bucket{le="+Inf"} 1',
        'seconds_sum 0.5',
        'seconds_count 1',
        '',
      ].join('\n'),
    );
  });
});
