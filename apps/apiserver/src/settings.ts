import { path, port, text } from '@steersman/config';

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
  natsUrl: text('NATS server for the feed of changes; empty for none', ''),
  natsCredentialsFile: path('file with user and password for NATS, one per line', ''),
  natsCaFile: path('authority of the NATS server; empty for a server without TLS', ''),
  clusterName: text('name of the cluster', 'default'),
  serviceClusterIpRange: text('addresses of services', '10.96.0.0/16'),
} as const;
