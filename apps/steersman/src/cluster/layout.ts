import { join } from 'node:path';

/** The cluster's own programs, in the order a person thinks of them. */
export const COMPONENTS = ['nats', 'containerd', 'apiserver', 'scheduler', 'controller-manager', 'kubelet', 'proxy', 'dns'] as const;
export type ComponentName = (typeof COMPONENTS)[number];

/** The process that is all of our own components in a cluster made with --all-in-one. */
export const ALL_IN_ONE = 'all-in-one';

/** Name of the process a component is, or is in. */
export const processOf = (name: ComponentName, { allInOne }: { readonly allInOne: boolean }): string =>
  allInOne && name !== 'nats' && name !== 'containerd' ? ALL_IN_ONE : name;

/** Where a cluster keeps what, below its data folder. */
export const layoutOf = (dataDir: string) => {
  const at = (...parts: readonly string[]): string => join(dataDir, ...parts);
  return {
    dataDir,
    pki: at('pki'),
    logs: at('logs'),
    store: at('apiserver'),
    nats: at('nats'),
    natsConfig: at('nats', 'nats.conf'),
    natsCredentials: (component: string) => at('nats', `${component}.credentials`),
    containerd: at('containerd'),
    containerdRoot: at('containerd', 'root'),
    containerdState: at('containerd', 'state'),
    containerdSocket: at('containerd', 'containerd.sock'),
    containerdConfig: at('containerd', 'config.toml'),
    kubelet: at('kubelet'),
    podLogs: at('pods-logs'),
    manifests: at('manifests'),
    cniConf: at('cni', 'conf'),
    cniState: at('cni', 'state'),
    addons: at('addons'),
    /** A node besides the first has there what the first has in the data folder. */
    node: (name: string) => at('nodes', name),
    namespaces: at('ns'),
    run: at('run'),
    state: at('run', 'state.json'),
    allInOne: at('run', 'apps.json'),
    plan: at('run', 'plan.json'),
    lock: at('run', 'lock'),
    record: (name: string) => at('run', `${name}.json`),
    log: (name: string) => at('logs', `${name}.log`),
  } as const;
};

export type Layout = ReturnType<typeof layoutOf>;

/** Everything below the data folder that is the cluster's: `down --purge` removes these and no more. */
export const OWN_FOLDERS = [
  'pki',
  'logs',
  'apiserver',
  'nats',
  'containerd',
  'kubelet',
  'pods-logs',
  'cni',
  'addons',
  'manifests',
  'nodes',
  'run',
] as const;

/** In the environment of every process of a cluster, and of what these start: finds them when all records are lost. */
export const MARKER = 'STEERSMAN_CLUSTER_DIR';
