import { endpoint, headless, indexOf, namespace, question, service, slice, zone } from '../test-builders.ts';
import type { ClusterIndex, Token } from './cluster-index.ts';
import { resolve } from './resolve.ts';

const addresses = (index: ClusterIndex, name = 'db.ns.svc.cluster.local') =>
  resolve(question(name, 'A'), { index, zone })?.answers.map(({ data }) => data);

describe('ClusterIndex', () => {
  it('follows endpoints as they come and go', () => {
    const index = indexOf({ services: [headless('db')] });
    expect(addresses(index)).toEqual([]);
    const first = slice('db', [endpoint('10.0.0.1')]);
    index.onSlice({ next: first });
    expect(addresses(index)).toEqual(['10.0.0.1']);
    const second = slice('db', [endpoint('10.0.0.1', { conditions: { ready: false } }), endpoint('10.0.0.2')]);
    index.onSlice({ prev: first, next: second });
    expect(addresses(index)).toEqual(['10.0.0.2']);
    index.onSlice({ prev: second });
    expect(addresses(index)).toEqual([]);
  });

  it('moves a slice that changes its Service', () => {
    const index = indexOf({ services: [headless('db'), headless('other')] });
    const prev = slice('db', [endpoint('10.0.0.1')], { name: 'shared' });
    index.onSlice({ next: prev });
    index.onSlice({ prev, next: slice('other', [endpoint('10.0.0.1')], { name: 'shared' }) });
    expect(addresses(index)).toEqual([]);
    expect(addresses(index, 'other.ns.svc.cluster.local')).toEqual(['10.0.0.1']);
    expect(index.namesBehind('1.0.0.10.in-addr.arpa')).toEqual(['10-0-0-1.other.ns']);
  });

  it('knows endpoints whose Service came after them, and keeps them while it is away', () => {
    const index = indexOf({ slices: [slice('db', [endpoint('10.0.0.1')])] });
    expect(addresses(index)).toEqual([]);
    index.onService({ next: headless('db') });
    index.onService({ prev: headless('db') });
    index.onService({ next: headless('db') });
    expect(addresses(index)).toEqual(['10.0.0.1']);
  });

  it('takes back the reverse names of what went', () => {
    const web = service('web', { clusterIP: '10.96.0.1', clusterIPs: ['10.96.0.1'] });
    const index = indexOf({ services: [web] });
    expect(index.namesBehind('1.0.96.10.in-addr.arpa')).toEqual(['web.ns']);
    index.onService({ prev: web });
    expect(index.namesBehind('1.0.96.10.in-addr.arpa')).toEqual([]);
  });

  it('tells what changed, and nothing else', () => {
    const seen: Token[] = [];
    const index = indexOf({ services: [headless('db'), headless('other')] }, token => seen.push(token));
    seen.length = 0;
    const next = slice('db', [endpoint('10.0.0.1')]);
    index.onSlice({ next });
    expect(seen.splice(0)).toEqual(['service ns/db', 'reverse 1.0.0.10.in-addr.arpa']);
    index.onSlice({ prev: next, next: slice('db', [endpoint('10.0.0.1'), endpoint('10.0.0.2')]) });
    expect(seen.splice(0)).toEqual(['service ns/db', 'reverse 2.0.0.10.in-addr.arpa']);
    index.onSlice({ next: slice('nobody', [endpoint('10.0.0.3')]) });
    index.onNamespace({ prev: namespace('ns'), next: namespace('ns') });
    expect(seen.splice(0)).toEqual([]);
    index.onNamespace({ prev: namespace('ns') });
    expect(seen).toEqual(['namespace ns']);
  });
});
