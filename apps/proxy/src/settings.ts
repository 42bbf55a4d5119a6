import { hostname } from 'node:os';
import { type ConfigOf, duration, flag, integer, list, oneOf, path, port, text } from '@steersman/config';

export const settings = {
  apiserver: text("host:port of the apiserver's gRPC door", '127.0.0.1:6444'),
  caFile: path('authority that signed the apiserver, PEM', ''),
  certFile: path('client certificate, PEM: CN system:kube-proxy', ''),
  keyFile: path('key of the client certificate, PEM', ''),
  nodeName: text('name this node is registered under', hostname()),
  nodeIps: list("addresses of this node that answer on node ports; those of its Node's status unless told", []),
  clusterName: text('name of the cluster', 'steersman'),
  clusterCidr: list('address ranges of all pods; what comes from elsewhere counts as from outside', []),
  healthPort: port('port of /healthz and /metrics', 10256),
  healthHost: text('address that /healthz and /metrics are served on', '127.0.0.1'),
  proxyMode: oneOf('what forwards connections', ['nftables', 'iptables', 'userspace'], 'nftables'),
  overlay: oneOf('how pods of other nodes are reached; none leaves it to somebody else', ['host-gw', 'vxlan', 'none'], 'none'),
  linkMtu: integer('largest packet between nodes in bytes; 0 for that of the way out of the node', 0),
  syncPeriod: duration('how often the rules in the kernel are compared with what they should be', '15m'),
  cleanup: flag('remove all rules of Services from this node, and end'),
};

export type Config = ConfigOf<typeof settings>;
