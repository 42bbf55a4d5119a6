import { withoutOurselves } from './loop-guard.ts';

describe('withoutOurselves', () => {
  it.each([
    { name: 'keeps others', bindAddresses: ['10.0.0.1'], upstream: { host: '10.0.0.2', port: 53 }, isKept: true },
    {
      name: 'keeps another port of this machine',
      bindAddresses: ['127.0.0.1'],
      upstream: { host: '127.0.0.1', port: 5_353 },
      isKept: true,
    },
    {
      name: 'drops an address it answers on',
      bindAddresses: ['10.0.0.1', 'fd00::1'],
      upstream: { host: 'fd00::1', port: 53 },
      isKept: false,
    },
    {
      name: 'drops every address of the machine when it answers on all',
      bindAddresses: ['0.0.0.0'],
      upstream: { host: '127.0.0.1', port: 53 },
      isKept: false,
    },
  ])('$name', ({ bindAddresses, upstream, isKept }) => {
    expect(withoutOurselves([upstream], { bindAddresses, port: 53 })).toEqual(isKept ? [upstream] : []);
  });
});
