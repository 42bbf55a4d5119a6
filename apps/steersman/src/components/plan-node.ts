import { join } from 'node:path';
import { type Layout, layoutOf } from '../cluster/layout.ts';
import type { ClusterState, NodeState } from '../cluster/state.ts';
import { enter } from '../nodes/namespaces.ts';
import type { Component } from '../supervisor/plan.ts';
import { dnsAddress } from './addons.ts';
import { type Flags, foreign, overlayFlags, own, type PlanOptions, podNetworkFlags, words } from './plan-components.ts';
import type { NodeCertificates } from './secrets.ts';

/** The programs a node of its own namespaces has. */
export const NODE_COMPONENTS = ['containerd', 'kubelet', 'proxy'] as const;

export const onNode = (component: (typeof NODE_COMPONENTS)[number], node: string): string => `${component}@${node}`;
/** Undefined for the first node's and the cluster's own. */
export const nodeOf = (component: string): string | undefined => component.split('@')[1];

/** Where a node has what the first node has in the cluster's folder. */
export const nodeLayout = (layout: Layout, node: string): Layout => layoutOf(layout.node(node));

/** How the programs of one more node of the machine are run, in the node's namespaces. */
export function planNode(options: PlanOptions, node: NodeState): readonly Component[] {
  const { layout, programs, nodeCertificates = {} } = options;
  const certificates = nodeCertificates[node.name];
  if (!certificates) throw new Error(`there are no certificates for node ${node.name}`);
  const context = { options, node, certificates, files: nodeLayout(layout, node.name) };
  const app = (name: 'kubelet' | 'proxy', flags: Flags): Component => {
    const named = onNode(name, node.name);
    return { ...own(options, name, words(flags)), name: named, logFile: layout.log(named) };
  };
  const containerd = {
    name: onNode('containerd', node.name),
    command: programs.containerd,
    args: ['--config', context.files.containerdConfig],
  };
  return [foreign(options, containerd), app('kubelet', kubeletFlags(context)), app('proxy', proxyFlags(context))].map(component => ({
    ...component,
    enter: enter(context.files.namespaces),
  }));
}

interface NodeContext {
  readonly options: PlanOptions;
  readonly node: NodeState;
  readonly certificates: NodeCertificates;
  readonly files: Layout;
}

const apiserverOf = ({ nodeIp, ports }: ClusterState): string => `${nodeIp}:${ports.grpc}`;

export const groupOf = (cluster: string, node: string): string => join('/steersman', cluster, node);

function kubeletFlags({ options: { state, certificates: shared }, node, certificates, files }: NodeContext): Flags {
  return {
    apiserver: apiserverOf(state),
    caFile: shared.authority.certFile,
    certFile: certificates.kubelet.certFile,
    keyFile: certificates.kubelet.keyFile,
    nodeName: node.name,
    nodeIp: node.ip,
    port: state.ports.kubelet,
    tlsCertFile: certificates.kubeletServing.certFile,
    tlsKeyFile: certificates.kubeletServing.keyFile,
    clientCaFile: shared.authority.certFile,
    healthPort: state.ports.kubeletHealth,
    containerRuntimeEndpoint: `unix://${files.containerdSocket}`,
    rootDir: files.kubelet,
    staticPodPath: files.manifests,
    podLogDir: files.podLogs,
    cgroupRoot: groupOf(state.name, node.name),
    cniConfDir: files.cniConf,
    cniStateDir: files.cniState,
    clusterName: state.name,
    clusterDns: dnsAddress(state),
    cpuMillis: node.cpuMillis,
    memoryBytes: node.memoryBytes,
    ...podNetworkFlags(state),
  };
}

const proxyFlags = ({ options: { state, certificates }, node }: NodeContext): Flags => ({
  apiserver: apiserverOf(state),
  caFile: certificates.authority.certFile,
  certFile: certificates.proxy.certFile,
  keyFile: certificates.proxy.keyFile,
  nodeName: node.name,
  nodeIps: node.ip,
  clusterName: state.name,
  clusterCidr: state.podRange,
  healthPort: state.ports.proxyHealth,
  ...overlayFlags(state),
});
