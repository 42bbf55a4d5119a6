import { examine, type MachineFacts } from './checks.ts';

const CONTROLLERS = ['cpu', 'cpuacct', 'cpuset', 'memory', 'pids', 'devices', 'freezer', 'blkio'].map(name => `${name}\t1\t1\t1`);
const GOOD: MachineFacts = {
  filesystems: 'nodev\tproc\nnodev\toverlay\n',
  mounts: 'cgroup2 /sys/fs/cgroup cgroup2 rw,nosuid 0 0\n',
  controllers: `#subsys_name\thierarchy\tnum_cgroups\tenabled\n${CONTROLLERS.join('\n')}\n`,
  kernel: '6.1.0-25-amd64',
  isRoot: true,
  hasSysResource: true,
  missing: [],
  namespaces: ['net', 'mnt', 'uts'],
  hasNamespaceTools: true,
  takenPorts: [],
  dataDir: '/var/lib',
  freeDiskBytes: 50e9,
  freeInodes: 1e6,
  freeMemoryBytes: 4e9,
  memoryBytes: 8e9,
  now: Date.parse('2026-03-01T00:00:00Z'),
  sourcesFrom: Date.parse('2026-02-01T00:00:00Z'),
};

describe('examine', () => {
  it('finds nothing wrong with a good machine', () => {
    expect(examine(GOOD).filter(({ verdict }) => verdict !== 'good')).toEqual([]);
  });

  it.each([
    { name: 'user', facts: { isRoot: false }, want: 'warn', advice: /sudo/ },
    { name: 'kernel', facts: { kernel: '4.9.0-19-amd64' }, want: 'bad', advice: /4\.18/ },
    { name: 'overlayfs', facts: { filesystems: 'nodev\tproc\n' }, want: 'bad', advice: /modprobe overlay/ },
    { name: 'cgroups', facts: { mounts: '' }, want: 'bad', advice: /cgroupfs-mount/ },
    {
      name: 'cgroups',
      facts: { controllers: GOOD.controllers.replace('memory\t1\t1\t1', 'memory\t0\t1\t0') },
      want: 'bad',
      advice: /cgroup_enable=memory/,
    },
    { name: 'out of memory', facts: { hasSysResource: false }, want: 'warn', advice: /kernel/ },
    { name: 'programs', facts: { missing: ['runc'] }, want: 'warn', advice: /up --yes/ },
    { name: 'several nodes', facts: { namespaces: ['net', 'mnt'] }, want: 'warn', advice: /one node does/ },
    { name: 'several nodes', facts: { hasNamespaceTools: false }, want: 'warn', advice: /util-linux/ },
    { name: 'ports', facts: { takenPorts: [6443] }, want: 'warn', advice: /others/ },
    { name: 'disk', facts: { freeDiskBytes: 1e8 }, want: 'bad', advice: /--data-dir/ },
    { name: 'memory', facts: { freeMemoryBytes: 1e8 }, want: 'warn', advice: /0\.25 GB/ },
    { name: 'clock', facts: { now: 0 }, want: 'bad', advice: /chrony/ },
  ])('says what is wrong with $name, and what to do', ({ name, facts, want, advice }) => {
    const found = examine({ ...GOOD, ...facts }).filter(({ verdict }) => verdict !== 'good');
    expect(found).toEqual([expect.objectContaining({ name, verdict: want, advice: expect.stringMatching(advice) })]);
  });

  it('takes version 1 of cgroups as well', () => {
    const [found] = examine({ ...GOOD, mounts: 'cgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0\n' }).filter(
      ({ name }) => name === 'cgroups',
    );
    expect(found).toMatchObject({ verdict: 'good', fact: 'version 1' });
  });
});
