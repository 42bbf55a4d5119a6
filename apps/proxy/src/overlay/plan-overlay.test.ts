import { changes, hostGateway, NOTHING, vxlan, vxlanIdentity } from './plan-overlay.ts';
import type { Peer } from './peers.ts';

const ONE: Peer = { name: 'one', ip: '10.199.0.1', podCidrs: ['10.244.0.0/24'] };
const TWO: Peer = { name: 'two', ip: '10.199.0.2', podCidrs: ['10.244.1.0/24'] };
const THREE: Peer = { name: 'three', ip: '10.199.0.3', podCidrs: ['10.244.2.0/24', '10.244.3.0/24'] };
const { name: DEVICE, vni: VNI } = vxlanIdentity('blue');

describe('host-gw', () => {
  it('routes the pods of every other node to its address', () => {
    expect([...hostGateway('one', [ONE, TWO, THREE]).routes]).toEqual([
      ['10.244.1.0/24', 'via 10.199.0.2'],
      ['10.244.2.0/24', 'via 10.199.0.3'],
      ['10.244.3.0/24', 'via 10.199.0.3'],
    ]);
  });

  it('follows nodes that come, go and move', () => {
    const moved = { ...TWO, ip: '10.199.0.9' };
    expect(changes(hostGateway('one', [ONE, TWO, THREE]), hostGateway('one', [ONE, moved])).ip).toEqual([
      'route delete 10.244.2.0/24 proto 83',
      'route delete 10.244.3.0/24 proto 83',
      'route replace 10.244.1.0/24 via 10.199.0.9 proto 83',
    ]);
  });

  it('does nothing when all is as it should be', () => {
    const wanted = hostGateway('one', [ONE, TWO]);
    expect(changes(wanted, wanted)).toEqual({ ip: [], bridge: [] });
  });
});

describe('vxlan', () => {
  const of = (...peers: readonly Peer[]) => vxlan({ cluster: 'blue', own: 'one', peers, linkMtu: 1_500 });

  it('makes a device that leaves room for its headers, and knows each peer beforehand', () => {
    expect(changes(NOTHING, of(ONE, TWO))).toEqual({
      ip: [
        `link add ${DEVICE} address 0a:53:0a:c7:00:01 mtu 1450 type vxlan id ${VNI} dstport 4789 nolearning local 10.199.0.1`,
        `address add 10.244.0.0/32 dev ${DEVICE}`,
        `link set ${DEVICE} up`,
        `neighbour replace 10.244.1.0 lladdr 0a:53:0a:c7:00:02 dev ${DEVICE} nud permanent`,
        `route replace 10.244.1.0/24 via 10.244.1.0 dev ${DEVICE} onlink proto 83`,
      ],
      bridge: [`fdb replace 0a:53:0a:c7:00:02 dev ${DEVICE} dst 10.199.0.2`],
    });
  });

  it('takes away all of a node that goes', () => {
    expect(changes(of(ONE, TWO), of(ONE))).toEqual({
      ip: ['route delete 10.244.1.0/24 proto 83', `neighbour delete 10.244.1.0 dev ${DEVICE}`],
      bridge: [`fdb delete 0a:53:0a:c7:00:02 dev ${DEVICE}`],
    });
  });

  it('makes the device anew when the own address has changed, and removes it with the mode', () => {
    const { ip } = changes(of(ONE, TWO), of({ ...ONE, ip: '10.199.0.7' }, TWO));
    expect(ip.slice(0, 2)).toEqual([`link delete ${DEVICE}`, expect.stringContaining('local 10.199.0.7')]);
    expect(changes(of(ONE, TWO), hostGateway('one', [ONE, TWO]))).toEqual({
      ip: [`link delete ${DEVICE}`, 'route replace 10.244.1.0/24 via 10.199.0.2 proto 83'],
      bridge: [],
    });
  });

  it('waits for the own node', () => {
    expect(vxlan({ cluster: 'blue', own: 'four', peers: [ONE, TWO], linkMtu: 1_500 })).toEqual(NOTHING);
  });

  it('gives clusters of one machine devices and identifiers of their own', () => {
    expect(vxlanIdentity('green')).not.toEqual(vxlanIdentity('blue'));
    expect(DEVICE.length).toBeLessThanOrEqual(15);
  });
});
