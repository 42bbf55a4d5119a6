import { bundleOf, BUNDLES, sourceOf } from '../bundle/bundles.ts';
import { ALL_IN_ONE, type Layout } from '../cluster/layout.ts';
import { type ClusterState, nodesOf } from '../cluster/state.ts';
import type { Component } from '../supervisor/plan.ts';
import { dnsAddress } from './addons.ts';
import { planNode } from './plan-node.ts';
import type { Certificates, NodeCertificates } from './secrets.ts';

export interface PlanOptions {
  /** Of the project. */
  readonly root: string;
  readonly layout: Layout;
  readonly state: ClusterState;
  readonly certificates: Certificates;
  /** Of further nodes of the machine. */
  readonly nodeCertificates?: Readonly<Record<string, NodeCertificates>>;
  /** Of Node, containerd and nats-server. */
  readonly programs: Readonly<Record<'node' | 'containerd' | 'nats', string>>;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface PlannedComponents {
  readonly components: readonly Component[];
  /** Flags by app, for the one process that is all of them. */
  readonly allInOne?: Readonly<Record<string, readonly string[]>>;
}

/** How every component of a cluster is run. */
export function planComponents(options: PlanOptions): PlannedComponents {
  const { layout, programs, state } = options;
  const others = [
    foreign(options, { name: 'nats', command: programs.nats, args: ['--config', layout.natsConfig] }),
    foreign(options, { name: 'containerd', command: programs.containerd, args: ['--config', layout.containerdConfig] }),
  ];
  const further = nodesOf(state)
    .filter(({ isStopped }) => !isStopped)
    .flatMap(node => planNode(options, node));
  const apps = {
    apiserver: words(apiserverFlags(options)),
    scheduler: words(schedulerFlags(options)),
    'controller-manager': words(controllerManagerFlags(options)),
    kubelet: words(kubeletFlags(options)),
    proxy: words(proxyFlags(options)),
    dns: words(dnsFlags(options)),
  };
  if (state.allInOne) return { components: [...others, own(options, ALL_IN_ONE, [layout.allInOne]), ...further], allInOne: apps };
  return { components: [...others, ...Object.entries(apps).map(([name, args]) => own(options, name, args)), ...further] };
}

/** A program that is not ours. */
export const foreign = ({ env, layout }: PlanOptions, program: Pick<Component, 'name' | 'command' | 'args'>): Component => ({
  ...program,
  env: environment(env),
  logFile: layout.log(program.name),
});

/** Values by setting, as in the apps' own settings tables. */
export type Flags = Readonly<Record<string, string | number>>;

function apiserverFlags({
  layout,
  state: { name, nodeIp, machineIp = nodeIp, ports, serviceRange },
  certificates: certs,
}: PlanOptions): Flags {
  return {
    dataDir: layout.store,
    // Pods and nodes reach it at the node's address, and a service's endpoint may not be loopback.
    bindAddress: [...new Set(['127.0.0.1', nodeIp, machineIp])].join(','),
    advertiseAddress: nodeIp,
    securePort: ports.api,
    grpcPort: ports.grpc,
    tlsCertFile: certs.apiserver.certFile,
    tlsKeyFile: certs.apiserver.keyFile,
    clientCaFile: certs.authority.certFile,
    kubeletClientCertFile: certs.kubeletClient.certFile,
    kubeletClientKeyFile: certs.kubeletClient.keyFile,
    kubeletCaFile: certs.authority.certFile,
    natsUrl: `nats://127.0.0.1:${ports.nats}`,
    natsCredentialsFile: layout.natsCredentials('apiserver'),
    natsCaFile: certs.authority.certFile,
    clusterName: name,
    serviceClusterIpRange: serviceRange,
  };
}

const clientFlags = ({ state, certificates }: PlanOptions, of: 'scheduler' | 'controllerManager' | 'kubelet' | 'proxy' | 'dns'): Flags => ({
  apiserver: `127.0.0.1:${state.ports.grpc}`,
  caFile: certificates.authority.certFile,
  certFile: certificates[of].certFile,
  keyFile: certificates[of].keyFile,
});

const schedulerFlags = (options: PlanOptions): Flags => ({
  ...clientFlags(options, 'scheduler'),
  healthPort: options.state.ports.scheduler,
});

const controllerManagerFlags = (options: PlanOptions): Flags => ({
  ...clientFlags(options, 'controllerManager'),
  healthPort: options.state.ports.controllerManager,
  clusterCidr: options.state.podRange,
  addonsDir: options.layout.addons,
  clusterSigningCertFile: options.certificates.authority.certFile,
  clusterSigningKeyFile: options.certificates.authority.keyFile,
});

function kubeletFlags(options: PlanOptions): Flags {
  const { layout, state, certificates: certs } = options;
  return {
    ...clientFlags(options, 'kubelet'),
    nodeName: state.nodeName,
    nodeIp: state.nodeIp,
    port: state.ports.kubelet,
    tlsCertFile: certs.kubeletServing.certFile,
    tlsKeyFile: certs.kubeletServing.keyFile,
    clientCaFile: certs.authority.certFile,
    healthPort: state.ports.kubeletHealth,
    containerRuntimeEndpoint: `unix://${layout.containerdSocket}`,
    rootDir: layout.kubelet,
    staticPodPath: layout.manifests,
    podLogDir: layout.podLogs,
    cgroupRoot: `/steersman/${state.name}/${state.nodeName}`,
    cniConfDir: layout.cniConf,
    cniStateDir: layout.cniState,
    clusterName: state.name,
    clusterDns: dnsAddress(state),
    natsUrl: `nats://127.0.0.1:${state.ports.nats}`,
    natsCredentialsFile: layout.natsCredentials('kubelet'),
    ...podNetworkFlags(state),
    ...(state.capacity && { cpuMillis: state.capacity.cpuMillis, memoryBytes: state.capacity.memoryBytes }),
  };
}

/** Of a virtual Ethernet. */
const SWITCH_MTU = 1_500;
/** RFC 7348: what VXLAN puts around a packet. */
const VXLAN_BYTES = 50;

/** Nothing for a node that is alone. */
export const podNetworkFlags = ({ podRange, switchRange, overlay }: ClusterState): Flags =>
  switchRange === undefined ? {} : { clusterCidr: podRange, podMtu: overlay === 'vxlan' ? SWITCH_MTU - VXLAN_BYTES : SWITCH_MTU };

export const overlayFlags = ({ switchRange, overlay = 'host-gw' }: ClusterState): Flags =>
  switchRange === undefined ? {} : { overlay, linkMtu: SWITCH_MTU };

const proxyFlags = (options: PlanOptions): Flags => ({
  ...clientFlags(options, 'proxy'),
  nodeName: options.state.nodeName,
  nodeIps: [options.state.nodeIp, ...[options.state.machineIp ?? []].flat()].join(','),
  clusterName: options.state.name,
  clusterCidr: options.state.podRange,
  healthPort: options.state.ports.proxyHealth,
  ...overlayFlags(options.state),
});

function dnsFlags(options: PlanOptions): Flags {
  const { nodeIp, podRange, switchRange, ports } = options.state;
  return {
    ...clientFlags(options, 'dns'),
    bindAddress: nodeIp,
    port: ports.dns,
    clients: [podRange, switchRange ?? nodeIp, '127.0.0.0/8'].join(','),
    healthPort: ports.dnsHealth,
  };
}

export const words = (flags: Flags): readonly string[] => Object.entries(flags).map(([setting, value]) => `--${kebab(setting)}=${value}`);

/** Its own settings may also come by the environment, unless they are the launcher's to give. */
const SETTINGS = /^STEERSMAN_(APISERVER|SCHEDULER|CONTROLLER_MANAGER|KUBELET|PROXY|DNS)_/;

export function own({ root, layout, state, programs, env }: PlanOptions, name: string, args: readonly string[]): Component {
  const settings = Object.entries(env).filter(([key]) => SETTINGS.test(key));
  return {
    name,
    command: programs.node,
    args: [programOf(root, { app: name, dev: state.dev }), ...args],
    env: { ...environment(env), ...defined(Object.fromEntries(settings)), NODE_COMPILE_CACHE: compileCache(root) },
    logFile: layout.log(name),
  };
}

/** The file Node runs for an app, the supervisor or all in one: the bundle, or with `dev` the source. */
export function programOf(root: string, { app, dev }: { readonly app: string; readonly dev: boolean }): string {
  const bundle = BUNDLES.find(({ name, app: of }) => (of === 'steersman' ? name : of) === app);
  if (!bundle) throw new Error(`there is no program ${app}`);
  return dev ? sourceOf(root, bundle) : bundleOf(root, bundle);
}

/** Node keeps compiled code there from one start to the next. */
export const compileCache = (root: string): string => `${root}/node_modules/.cache/steersman/compiled`;

const kebab = (name: string): string => name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`);

/** What programs may know of the shell that started them: paths, proxies, time zone. */
const PASSED = /^(PATH|HOME|LANG|TZ|TMPDIR|SSL_CERT_FILE|SSL_CERT_DIR|https?_proxy|no_proxy|HTTPS?_PROXY|NO_PROXY|OTEL_.*)$/;

const environment = (env: PlanOptions['env']): Readonly<Record<string, string>> =>
  defined(Object.fromEntries(Object.entries(env).filter(([name]) => PASSED.test(name))));

const defined = (env: PlanOptions['env']): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
