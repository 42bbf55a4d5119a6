import { unit } from './unit.ts';

describe('unit', () => {
  const text = unit({ cluster: 'blue', dataDir: '/data/100% "blue"', root: '/opt/steersman' });
  const lines = text.split('\n');

  it('runs what a user would run', () => {
    expect(lines).toContain('ExecStart="/opt/steersman/steersman" "up" "--name" "blue" "--data-dir" "/data/100%% \\"blue\\""');
    expect(lines).toContain('ExecStop="/opt/steersman/steersman" "down" "--name" "blue" "--data-dir" "/data/100%% \\"blue\\""');
  });

  it('keeps what up started, and is started at boot', () => {
    expect(lines).toEqual(expect.arrayContaining(['Type=oneshot', 'RemainAfterExit=yes', 'WantedBy=multi-user.target']));
  });
});
