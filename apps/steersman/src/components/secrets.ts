import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { type Authority, type Certificate, ensureAuthority, ensureCertificate, type PkiFolder, writePrivate } from '@steersman/pki';
import type { Layout } from '../cluster/layout.ts';
import { type ClusterState, nodesOf, type NodeState } from '../cluster/state.ts';
import { addressAt } from '../machine/ranges.ts';
import { natsPermissions, type NatsUser } from './nats-config.ts';

const PASSWORD_BYTES = 24;
const LOOPBACK = '127.0.0.1';

/** Every certificate of a cluster, by what it is for. */
export function ensureCertificates(layout: Layout, state: ClusterState, now: Date) {
  const folder: PkiFolder = { dir: layout.pki, cluster: state.name, now };
  const authority = ensureAuthority(folder);
  const make = (spec: Parameters<typeof ensureCertificate>[2]): Certificate => ensureCertificate(folder, authority, spec);
  const inCluster = ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'kubernetes.default.svc.cluster.local'];
  return {
    authority,
    apiserver: make({
      name: 'apiserver',
      use: 'server',
      commonName: 'apiserver',
      dnsNames: ['localhost', ...inCluster],
      ips: [...new Set([LOOPBACK, state.nodeIp, state.machineIp ?? state.nodeIp, addressAt(state.serviceRange, 1)])],
    }),
    /** Shown by the apiserver to kubelets. */
    kubeletClient: make({ name: 'apiserver-kubelet', use: 'client', commonName: 'apiserver', organizations: ['system:masters'] }),
    scheduler: make({ name: 'scheduler', use: 'client', commonName: 'system:kube-scheduler' }),
    controllerManager: make({ name: 'controller-manager', use: 'client', commonName: 'system:kube-controller-manager' }),
    kubelet: make({
      name: 'kubelet',
      use: 'client',
      commonName: `system:node:${state.nodeName}`,
      organizations: ['system:nodes'],
    }),
    kubeletServing: make({
      name: 'kubelet-serving',
      use: 'server',
      commonName: `system:node:${state.nodeName}`,
      organizations: ['system:nodes'],
      dnsNames: [state.nodeName],
      ips: [...new Set([LOOPBACK, state.nodeIp])],
    }),
    proxy: make({ name: 'proxy', use: 'client', commonName: 'system:kube-proxy' }),
    dns: make({ name: 'dns', use: 'client', commonName: 'system:steersman-dns' }),
    nats: make({ name: 'nats', use: 'server', commonName: 'nats', dnsNames: ['localhost'], ips: [LOOPBACK] }),
    admin: make({ name: 'admin', use: 'client', commonName: 'admin', organizations: ['system:masters'] }),
  } as const;
}

/** Those of the other nodes of this machine, by node. */
export function ensureNodeCertificates(layout: Layout, state: ClusterState, now: Date): Readonly<Record<string, NodeCertificates>> {
  const folder: PkiFolder = { dir: layout.pki, cluster: state.name, now };
  const authority = ensureAuthority(folder);
  return Object.fromEntries(nodesOf(state).map(node => [node.name, nodeCertificates(folder, authority, node)]));
}

function nodeCertificates(folder: PkiFolder, authority: Authority, { name, ip }: NodeState): NodeCertificates {
  const identity = { commonName: `system:node:${name}`, organizations: ['system:nodes'] };
  return {
    kubelet: ensureCertificate(folder, authority, { name: `kubelet-${name}`, use: 'client', ...identity }),
    kubeletServing: ensureCertificate(folder, authority, {
      name: `kubelet-serving-${name}`,
      use: 'server',
      ...identity,
      dnsNames: [name],
      ips: [LOOPBACK, ip],
    }),
  };
}

export interface NodeCertificates {
  readonly kubelet: Certificate;
  readonly kubeletServing: Certificate;
}

export type Certificates = ReturnType<typeof ensureCertificates>;

/** One user per component, its password in a file of its own that stays as it is. */
export function ensureNatsUsers(layout: Layout, cluster: string): readonly NatsUser[] {
  mkdirSync(layout.nats, { recursive: true, mode: 0o700 });
  return natsPermissions(cluster).map(user => {
    const file = layout.natsCredentials(user.name);
    if (!existsSync(file)) writePrivate(file, `${user.name}\n${randomBytes(PASSWORD_BYTES).toString('hex')}\n`);
    const [, password = ''] = readFileSync(file, 'utf8').split('\n');
    return { ...user, password };
  });
}
