import { type ConfigOf, path, port, text } from '@steersman/config';

export const settings = {
  apiserver: text("host:port of the apiserver's gRPC door", '127.0.0.1:6444'),
  caFile: path('authority that signed the apiserver, PEM', ''),
  certFile: path('client certificate, PEM', ''),
  keyFile: path('key of the client certificate, PEM', ''),
  healthPort: port('port of /healthz and /metrics on loopback', 10259),
  schedulerName: text('pods that name this in spec.schedulerName are placed', 'default-scheduler'),
};

export type Config = ConfigOf<typeof settings>;
