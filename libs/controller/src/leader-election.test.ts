import { FakeClient, FakeClock, settled } from '@steersman/testing';
import { StatusError } from '@steersman/status';
import { defineKind, type Lease } from '@steersman/types';
import { lead } from './leader-election.ts';

const leaseKind = defineKind<Lease>({
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
  scope: 'Namespaced',
  schema: 'V1Lease',
  columns: [],
});

const stops: AbortController[] = [];
afterEach(() => stops.splice(0).forEach(stop => stop.abort()));

function candidate(identity: string, { client, clock }: { client: FakeClient; clock: FakeClock }) {
  const stop = new AbortController();
  stops.push(stop);
  const state = { leads: false, terms: 0 };
  const running = lead({ leases: client.of(leaseKind), name: 'test', identity, signal: stop.signal, clock }, async term => {
    state.leads = true;
    state.terms++;
    await new Promise(resolve => (term.aborted ? resolve(undefined) : term.addEventListener('abort', resolve)));
    state.leads = false;
  });
  return { state, stop, running };
}

const cluster = (client = new FakeClient()) => ({ client, clock: new FakeClock() });
const leaseOf = (client: FakeClient) => client.all(leaseKind)['kube-system/test'];

describe('lead', () => {
  it('makes the lease, renews it, and keeps others waiting', async () => {
    const world = cluster();
    const a = candidate('a', world);
    await settled();
    const b = candidate('b', world);
    await world.clock.advance(60_000);
    expect([a.state, b.state]).toEqual([
      { leads: true, terms: 1 },
      { leads: false, terms: 0 },
    ]);
    expect(leaseOf(world.client)?.spec).toMatchObject({
      holderIdentity: 'a',
      leaseDurationSeconds: 15,
      leaseTransitions: 0,
      acquireTime: '2026-01-01T00:00:00.000000Z',
      renewTime: '2026-01-01T00:01:00.000000Z',
    });
  });

  it('gives the lease up when stopped, so that the next one starts at once', async () => {
    const world = cluster();
    const a = candidate('a', world);
    await settled();
    const b = candidate('b', world);
    await settled();
    a.stop.abort();
    await a.running;
    expect(leaseOf(world.client)?.spec.holderIdentity).toBe('');
    await world.clock.advance(2_400);
    expect(b.state.leads).toBe(true);
    expect(leaseOf(world.client)?.spec.leaseTransitions).toBe(1);
  });

  it('takes the lease of a dead leader after it has not moved for its duration', async () => {
    const world = cluster();
    await world.client.of(leaseKind).create({
      metadata: { namespace: 'kube-system', name: 'test' },
      spec: { holderIdentity: 'dead', leaseDurationSeconds: 15, renewTime: '2020-01-01T00:00:00.000000Z', leaseTransitions: 3 },
    });
    const b = candidate('b', world);
    await world.clock.advance(14_000);
    expect(b.state.leads).toBe(false);
    await world.clock.advance(4_000);
    expect(b.state.leads).toBe(true);
    expect(leaseOf(world.client)?.spec.leaseTransitions).toBe(4);
  });

  it('leads again at once under the identity it died with', async () => {
    const world = cluster();
    await world.client
      .of(leaseKind)
      .create({ metadata: { namespace: 'kube-system', name: 'test' }, spec: { holderIdentity: 'a', leaseDurationSeconds: 15 } });
    const a = candidate('a', world);
    await settled();
    expect(a.state.leads).toBe(true);
  });

  it('ends the term when it cannot renew for ten seconds, and stands again', async () => {
    let away = false;
    const world = cluster(
      new FakeClient({
        intercept: () => {
          if (away) throw new StatusError('ServiceUnavailable', 'away');
        },
      }),
    );
    const a = candidate('a', world);
    await settled();
    away = true;
    await world.clock.advance(9_000);
    expect(a.state.leads).toBe(true);
    await world.clock.advance(3_000);
    expect(a.state.leads).toBe(false);
    away = false;
    await world.clock.advance(5_000);
    expect(a.state).toEqual({ leads: true, terms: 2 });
  });

  it('ends the term at once when somebody else holds the lease', async () => {
    const world = cluster();
    const a = candidate('a', world);
    await settled();
    const lease = leaseOf(world.client)!;
    await world.client.of(leaseKind).update({ ...lease, spec: { ...lease.spec, holderIdentity: 'b' } });
    await world.clock.advance(2_000);
    expect(a.state.leads).toBe(false);
  });
});
