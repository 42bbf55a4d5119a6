import { limits, share } from './capacity.ts';

const CAPACITY = { cpuMillis: 1_500, memoryBytes: 1_073_741_824 };

it.each([
  [
    { isUnified: false },
    [
      ['cpu/steersman/blue/two/cpu.cfs_period_us', '100000'],
      ['cpu/steersman/blue/two/cpu.cfs_quota_us', '150000'],
      ['memory/steersman/blue/two/memory.limit_in_bytes', '1073741824'],
    ],
  ],
  [
    { isUnified: true },
    [
      ['cgroup.subtree_control', '+cpu +memory'],
      ['steersman/cgroup.subtree_control', '+cpu +memory'],
      ['steersman/blue/cgroup.subtree_control', '+cpu +memory'],
      ['/steersman/blue/two/cpu.max', '150000 100000'],
      ['/steersman/blue/two/memory.max', '1073741824'],
    ],
  ],
])('holds a group to its capacity (%j)', (version, expected) => {
  expect(limits('/steersman/blue/two', CAPACITY, version).map(({ file, value }) => [file, value])).toEqual(expected);
});

it('divides a machine', () => {
  expect(share({ cpuMillis: 2_000, memoryBytes: 900 }, 3)).toEqual({ cpuMillis: 666, memoryBytes: 300 });
});
