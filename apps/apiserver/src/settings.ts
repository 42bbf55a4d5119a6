import { integer, list, path, port, type Setting, text } from '@steersman/config';
import { toPortRange } from './admission/services/pool.ts';

const portRange = (help: string, fallback: string): Setting<string> => ({
  help,
  fallback,
  placeholder: 'FIRST-LAST',
  parse(value) {
    toPortRange(value); // a bad range is told at once
    return value;
  },
});

export const settings = {
  dataDir: path('folder of the store', '/var/lib/steersman/apiserver'),
  bindAddress: text('address to serve on', '127.0.0.1'),
  advertiseAddress: text('address at which pods and nodes reach this server; the bind address unless told', ''),
  securePort: port('port of the REST API', 6443),
  grpcPort: port('port of the gRPC API', 6444),
  tlsCertFile: path('serving certificate', ''),
  tlsKeyFile: path('its key', ''),
  clientCaFile: path('authority of client certificates', ''),
  kubeletClientCertFile: path('client certificate shown to kubelets', ''),
  kubeletClientKeyFile: path('its key', ''),
  kubeletCaFile: path("authority of kubelets' serving certificates", ''),
  maxRequestsInflight: integer('requests that may read at once; more are told to come again', 400),
  maxMutatingRequestsInflight: integer('requests that may write at once', 200),
  natsUrl: text('NATS server for the feed of changes; empty for none', ''),
  natsCredentialsFile: path('file with user and password for NATS, one per line', ''),
  natsCaFile: path('authority of the NATS server; empty for a server without TLS', ''),
  clusterName: text('name of the cluster', 'default'),
  serviceClusterIpRange: text('addresses of services', '10.96.0.0/16'),
  serviceNodePortRange: portRange('ports of nodes that services may have', '30000-32767'),
  serviceAccountIssuer: text(
    'who signs tokens of service accounts: a URL that names this cluster',
    'https://kubernetes.default.svc.cluster.local',
  ),
  serviceAccountSigningKeyFile: path('key that signs tokens of service accounts; one is made in the data folder unless told', ''),
  serviceAccountKeyFile: list('files with further keys that prove tokens of service accounts', []),
  apiAudiences: list('audiences that stand for this API; the issuer unless told', []),
} as const;
