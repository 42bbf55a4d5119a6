import { hostname } from 'node:os';
import { type ConfigOf, duration, integer, list, path, port, text } from '@steersman/config';

export const settings = {
  apiserver: text("host:port of the apiserver's gRPC door", '127.0.0.1:6444'),
  caFile: path('authority that signed the apiserver, PEM', ''),
  certFile: path('client certificate, PEM: CN system:node:<node-name>, O system:nodes', ''),
  keyFile: path('key of the client certificate, PEM', ''),
  nodeName: text('name this node registers under', hostname()),
  nodeIp: text('address of this node, reported and listened on', '127.0.0.1'),
  nodeLabels: list('labels the node registers with, key=value', []),
  port: port('HTTPS port for logs, exec and stats', 10250),
  tlsCertFile: path('certificate of the HTTPS server, PEM', ''),
  tlsKeyFile: path('key of the certificate of the HTTPS server, PEM', ''),
  clientCaFile: path('authority of those who may call the HTTPS server, PEM', ''),
  healthPort: port('port of /healthz and /metrics on loopback', 10248),
  containerRuntimeEndpoint: text('CRI socket, unix:///...', 'unix:///run/containerd/containerd.sock'),
  rootDir: path('folder of the pods: specs, volumes', '/var/lib/kubelet'),
  staticPodPath: path('folder of manifests of pods this node runs whatever the API says; empty for none', ''),
  podLogDir: path('folder of the log files of containers', '/var/log/pods'),
  containerLogMaxBytes: integer('size at which the log file of a container is put aside', 10 * 1024 * 1024, { min: 1 }),
  containerLogMaxFiles: integer('log files kept per container', 5, { min: 2 }),
  cgroupRoot: text('cgroup all pods are put below', '/'),
  cniConfDir: path("folder the pod network's configuration is written to", '/etc/cni/net.d'),
  cniStateDir: path('folder where addresses given to pods are noted', '/var/lib/cni'),
  clusterName: text('name of the cluster', 'steersman'),
  clusterCidr: list('address ranges of all pods, which see each other as they are; those of this node unless told', []),
  podMtu: integer('largest packet of pods in bytes; 0 for that of the way out of the node', 0),
  cpuMillis: integer('thousandths of a CPU this node reports; 0 for all of the machine', 0),
  memoryBytes: integer('memory this node reports; 0 for all of the machine', 0),
  clusterDns: list('addresses of the cluster DNS; none leaves pods the resolv.conf of the node', []),
  clusterDomain: text('domain of the cluster', 'cluster.local'),
  shutdownGracePeriod: duration('longest time a pod gets to end when the node shuts down (SIGPWR)', '1m'),
  maxPods: integer('pods this node takes', 110, { min: 1 }),
  natsUrl: text('NATS server for logs and usage; empty for none', ''),
  natsCredentialsFile: path('credentials for NATS; empty for none', ''),
};

export type Config = ConfigOf<typeof settings>;
