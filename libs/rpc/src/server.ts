import { Server, type ServerCredentials, type ServiceDefinition, type UntypedServiceImplementation } from '@grpc/grpc-js';
import { KEEPALIVE } from './channel.ts';

export interface RpcServerOptions {
  /** `host:port` each; port 0 takes any free one. */
  readonly addresses: readonly string[];
  readonly credentials: ServerCredentials;
  readonly services: readonly { readonly definition: ServiceDefinition; readonly handlers: UntypedServiceImplementation }[];
}

export interface RpcServer {
  /** Of the first address. */
  readonly port: number;
  /** Lets open calls finish for `graceMs`, then cuts them: waiting alone would last as long as the longest watch. */
  stop(graceMs: number): Promise<void>;
}

export async function startRpcServer({ addresses, credentials, services }: RpcServerOptions): Promise<RpcServer> {
  const server = new Server({ ...KEEPALIVE, 'grpc.max_concurrent_streams': 10_000 });
  for (const { definition, handlers } of services) server.addService(definition, handlers);
  const bind = (address: string): Promise<number> =>
    new Promise((resolve, reject) => server.bindAsync(address, credentials, (err, bound) => (err ? reject(err) : resolve(bound))));
  const [port = 0] = await Promise.all(addresses.map(bind));
  return { port, stop: graceMs => stopServer(server, graceMs) };
}

const stopServer = (server: Server, graceMs: number): Promise<void> =>
  new Promise(resolve => {
    const timer = setTimeout(() => server.forceShutdown(), graceMs);
    server.tryShutdown(() => {
      clearTimeout(timer);
      resolve();
    });
  });
