import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cniConfig, writeCniConfig } from './cni-config.ts';

const network = { cluster: 'a', stateDir: '/state', podCidrs: ['10.244.0.0/24'], mtu: 1450 };
let confDir: string;
beforeEach(() => {
  confDir = join(mkdtempSync(join(tmpdir(), 'steersman-cni-')), 'conf');
});
afterEach(() => rmSync(join(confDir, '..'), { recursive: true }));

describe('cniConfig', () => {
  it('gives each address family its range and its default route', () => {
    expect(cniConfig({ ...network, podCidrs: ['10.244.0.0/24', 'fd00::/64'] })).toMatchObject({
      name: 'steersman-a',
      plugins: [
        {
          type: 'ptp',
          ipMasq: false,
          mtu: 1450,
          ipam: {
            type: 'host-local',
            dataDir: '/state',
            ranges: [[{ subnet: '10.244.0.0/24' }], [{ subnet: 'fd00::/64' }]],
            routes: [{ dst: '0.0.0.0/0' }, { dst: '::/0' }],
          },
        },
      ],
    });
  });
});

describe('writeCniConfig', () => {
  const file = (): string => join(confDir, readdirSync(confDir)[0] ?? '');

  it('writes one whole file, and again only when something changed', async () => {
    await writeCniConfig({ ...network, confDir });
    expect(readdirSync(confDir)).toEqual(['10-steersman.conflist']);
    expect(JSON.parse(readFileSync(file(), 'utf8'))).toEqual(cniConfig(network));
    const before = statSync(file()).ino;
    await writeCniConfig({ ...network, confDir });
    expect(statSync(file()).ino).toBe(before);
    await writeCniConfig({ ...network, confDir, mtu: 9000 });
    expect(JSON.parse(readFileSync(file(), 'utf8'))).toMatchObject({ plugins: [{ mtu: 9000 }] });
  });
});
