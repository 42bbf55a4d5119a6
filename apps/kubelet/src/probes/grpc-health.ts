import { loadService, type RpcMethod, type RpcService } from '@steersman/rpc';

interface HealthMethods {
  readonly Check: RpcMethod<{ readonly service: string }, { readonly status: string }>;
}

/** grpc.health.v1, as servers that can be probed offer it. */
export const loadHealthService = (): RpcService<HealthMethods> =>
  loadService<HealthMethods>('third_party/grpc/health/v1/health.proto', 'grpc.health.v1.Health');
