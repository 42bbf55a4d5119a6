import type { ElementChange } from '@steersman/endpoints';
import { type StaleFlows, staleFlows } from './stale-flows.ts';

const ROW = '10.96.0.10 . udp . 53';

describe('staleFlows', () => {
  it.each<{ name: string; changes: ElementChange[]; want: StaleFlows[] }>([
    {
      name: 'ends flows to a backend that went',
      changes: [{ set: 'service-backend-udp-ip', key: `${ROW} . 1`, prev: '10.1.0.2 . 1053' }],
      want: [{ address: '10.96.0.10', port: 53, backend: '10.1.0.2' }],
    },
    {
      name: 'leaves those to a backend that moved',
      changes: [
        { set: 'service-backend-udp-ip', key: `${ROW} . 1`, prev: '10.1.0.2 . 1053' },
        { set: 'service-backend-udp-ip', key: `${ROW} . 0`, prev: '10.1.0.9 . 1053', next: '10.1.0.2 . 1053' },
      ],
      want: [{ address: '10.96.0.10', port: 53, backend: '10.1.0.9' }],
    },
    {
      name: 'ends all flows that began before there was a backend',
      changes: [{ set: 'service-route-ip', key: ROW, prev: 'goto service-refuse', next: 'goto service-pick-ip-1' }],
      want: [{ address: '10.96.0.10', port: 53 }],
    },
    {
      name: 'leaves flows alone when a backend comes',
      changes: [{ set: 'service-route-ip', key: ROW, prev: 'goto service-pick-ip-1', next: 'goto service-pick-ip-2' }],
      want: [],
    },
    {
      name: 'leaves TCP alone, which ends by itself',
      changes: [{ set: 'service-backend-tcp-ip', key: '10.96.0.10 . tcp . 80 . 0', prev: '10.1.0.2 . 8080' }],
      want: [],
    },
  ])('$name', ({ changes, want }) => {
    expect(staleFlows(changes)).toEqual(want);
  });
});
