import type { Layout } from '../cluster/layout.ts';

export interface ContainerdOptions {
  readonly layout: Layout;
  readonly sandboxImage: string;
  readonly cniBinDir: string;
  /** Whether this process may raise priorities of the out-of-memory killer (CAP_SYS_RESOURCE). */
  readonly mayLowerOomScore: boolean;
}

/** Loaded at every start although no cluster uses them. */
const UNUSED_PLUGINS = [
  'io.containerd.internal.v1.restart',
  'io.containerd.internal.v1.tracing',
  'io.containerd.snapshotter.v1.aufs',
  'io.containerd.snapshotter.v1.btrfs',
  'io.containerd.snapshotter.v1.devmapper',
  'io.containerd.snapshotter.v1.zfs',
  'io.containerd.tracing.processor.v1.otlp',
];

/**
 * An instance of its own, in TOML (containerd-config.toml(5), version 2). Without `opt` and `netns_mounts_under_state_dir` it would
 * write to /opt and /var/run/netns; `Root` keeps the runtime's files from /run.
 */
export function containerdConfig({ layout, sandboxImage, cniBinDir, mayLowerOomScore }: ContainerdOptions): string {
  const text = JSON.stringify; // TOML's basic strings have JSON's escapes
  return `version = 2
root = ${text(layout.containerdRoot)}
state = ${text(layout.containerdState)}
disabled_plugins = [${UNUSED_PLUGINS.map(name => text(name)).join(', ')}]

[grpc]
  address = ${text(layout.containerdSocket)}

[plugins."io.containerd.internal.v1.opt"]
  path = ${text(`${layout.containerd}/opt`)}

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = ${text(sandboxImage)}
  restrict_oom_score_adj = ${!mayLowerOomScore}
  netns_mounts_under_state_dir = true
  max_concurrent_downloads = 6

  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = ${text(cniBinDir)}
    conf_dir = ${text(layout.cniConf)}

  [plugins."io.containerd.grpc.v1.cri".containerd]
    default_runtime_name = "runc"

    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"

      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        Root = ${text(`${layout.containerd}/runc`)}
`;
}
