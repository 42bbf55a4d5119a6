import { type ConfigOf, duration, integer, list, path, port, text } from '@steersman/config';

export const settings = {
  apiserver: text("host:port of the apiserver's gRPC door", '127.0.0.1:6444'),
  caFile: path('authority that signed the apiserver, PEM', ''),
  certFile: path('client certificate, PEM', ''),
  keyFile: path('key of the client certificate, PEM', ''),
  bindAddress: list('addresses to answer on', ['127.0.0.1']),
  port: port('UDP and TCP port to answer on', 53),
  clusterDomain: text('zone of the cluster', 'cluster.local'),
  ttl: integer("seconds for which clients may keep the cluster's own names", 5, { max: 3_600 }),
  upstream: list('servers to ask for all other names, such as 10.0.0.1 or 10.0.0.1:53; those of --resolv-conf when empty', []),
  resolvConf: path('file that lists the upstream servers', '/etc/resolv.conf'),
  upstreamTimeout: duration('how long one upstream server may take', '2s'),
  maxForwards: integer('questions that may wait for upstream servers at once', 1_000, { min: 1 }),
  cacheSize: integer('answers to keep, of each kind', 10_000, { min: 1 }),
  healthPort: port('port of /healthz, /readyz and /metrics on loopback', 9153),
};

export type Config = ConfigOf<typeof settings>;
