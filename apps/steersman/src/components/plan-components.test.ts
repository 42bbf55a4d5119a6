import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { settings as apiserver } from '@steersman/app-apiserver/run';
import { settings as controllerManager } from '@steersman/app-controller-manager/run';
import { settings as dns } from '@steersman/app-dns/run';
import { settings as kubelet } from '@steersman/app-kubelet/run';
import { settings as proxy } from '@steersman/app-proxy/run';
import { settings as scheduler } from '@steersman/app-scheduler/run';
import { loadConfig, type Settings } from '@steersman/config';
import { layoutOf } from '../cluster/layout.ts';
import { type ClusterState, PORTS } from '../cluster/state.ts';
import { planComponents } from './plan-components.ts';
import { ensureCertificates } from './secrets.ts';

const STATE: ClusterState = {
  name: 'blue',
  nodeName: 'one',
  nodeIp: '192.0.2.1',
  ports: PORTS,
  podRange: '10.244.0.0/16',
  serviceRange: '10.96.0.0/16',
  dev: false,
  allInOne: false,
};

describe('planComponents', () => {
  const layout = layoutOf(mkdtempSync(join(tmpdir(), 'plan-')));
  const certificates = ensureCertificates(layout, STATE, new Date());
  afterAll(() => rmSync(layout.dataDir, { recursive: true, force: true }));
  const plan = (state: ClusterState, env = {}) =>
    planComponents({
      root: '/repo',
      layout,
      state,
      certificates,
      programs: { node: '/node', containerd: '/containerd', nats: '/nats' },
      env,
    });

  it.each<{ name: string; settings: Settings }>([
    { name: 'apiserver', settings: apiserver },
    { name: 'scheduler', settings: scheduler },
    { name: 'controller-manager', settings: controllerManager },
    { name: 'kubelet', settings: kubelet },
    { name: 'proxy', settings: proxy },
    { name: 'dns', settings: dns },
  ])('gives $name only flags it knows', ({ name, settings }) => {
    const [program, ...args] = plan(STATE).components.find(component => component.name === name)!.args;
    expect(program).toBe(`/repo/apps/${name}/dist/main.mjs`);
    expect(loadConfig(name, settings, { args, env: {} }).operands).toEqual([]);
  });

  it('makes one program of them when told to', () => {
    const { components, allInOne } = plan({ ...STATE, allInOne: true });
    expect(components.map(({ name }) => name)).toEqual(['nats', 'containerd', 'all-in-one']);
    expect(Object.keys(allInOne ?? {})).toEqual(['apiserver', 'scheduler', 'controller-manager', 'kubelet', 'proxy', 'dns']);
  });

  it('passes on proxies and settings of the programs, and no secrets of the shell', () => {
    const env = { HTTPS_PROXY: 'http://proxy', AWS_SECRET_ACCESS_KEY: 'x', STEERSMAN_SCHEDULER_SCHEDULER_NAME: 'mine' };
    const given = plan(STATE, env).components.find(({ name }) => name === 'scheduler')!.env;
    expect(given).toEqual({
      HTTPS_PROXY: 'http://proxy',
      STEERSMAN_SCHEDULER_SCHEDULER_NAME: 'mine',
      NODE_COMPILE_CACHE: '/repo/node_modules/.cache/steersman/compiled',
    });
  });
});
