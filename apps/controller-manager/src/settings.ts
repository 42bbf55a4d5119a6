import { type ConfigOf, duration, path, port, text } from '@steersman/config';

export const settings = {
  apiserver: text("host:port of the apiserver's gRPC door", '127.0.0.1:6444'),
  caFile: path('authority that signed the apiserver, PEM', ''),
  certFile: path('client certificate, PEM', ''),
  keyFile: path('key of the client certificate, PEM', ''),
  rootCaFile: path('authority that pods verify the API by, published in every namespace, PEM; that of --ca-file unless told', ''),
  healthPort: port('port of /healthz and /metrics on loopback', 10257),
  clusterCidr: text('range the nodes get their pod addresses from', '10.244.0.0/16'),
  clusterSigningCertFile: path('authority that certifies kubelets, PEM; empty leaves signing to another program', ''),
  clusterSigningKeyFile: path('its key, PEM', ''),
  clusterSigningDuration: duration('how long certificates hold that do not ask for less', '8760h'),
};

export type Config = ConfigOf<typeof settings>;
