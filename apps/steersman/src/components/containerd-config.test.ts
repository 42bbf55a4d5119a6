import { layoutOf } from '../cluster/layout.ts';
import { containerdConfig } from './containerd-config.ts';

describe('containerdConfig', () => {
  const text = (mayLowerOomScore: boolean) =>
    containerdConfig({ layout: layoutOf('/data'), sandboxImage: 'x/pause:1', cniBinDir: '/usr/lib/cni', mayLowerOomScore });

  it('keeps everything below the data folder', () => {
    const paths = [...text(true).matchAll(/"(\/[^"]*)"/g)].map(([, path]) => path);
    expect(paths).toEqual([
      '/data/containerd/root',
      '/data/containerd/state',
      '/data/containerd/containerd.sock',
      '/data/containerd/opt',
      '/usr/lib/cni',
      '/data/cni/conf',
      '/data/containerd/runc',
    ]);
    expect(text(true)).toContain('netns_mounts_under_state_dir = true');
  });

  it.each([
    { mayLowerOomScore: true, want: 'restrict_oom_score_adj = false' },
    { mayLowerOomScore: false, want: 'restrict_oom_score_adj = true' },
  ])('says $want', ({ mayLowerOomScore, want }) => {
    expect(text(mayLowerOomScore)).toContain(want);
  });
});
