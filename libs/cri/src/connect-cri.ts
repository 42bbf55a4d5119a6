import { Channel, loadService, socketCredentials } from '@steersman/rpc';
import type { Logger } from '@steersman/telemetry';
import { type Call, CALL_MS } from './call.ts';
import { containerCalls, runtimeCalls, sandboxCalls, streamCalls } from './runtime-calls.ts';
import type { Cri } from './cri.ts';
import { imageCalls } from './image-calls.ts';
import type { ImageMethods, RuntimeMethods } from './methods.ts';

const PROTO = 'third_party/cri/runtime/v1/api.proto';

/**
 * Runtimes are gRPC servers written in Go, which hang up on clients that ping more often than every five minutes; a Unix
 * socket tells of a dead peer at once anyway. A runtime that was away is found again within a second.
 */
const CHANNEL_OPTIONS = {
  'grpc.keepalive_time_ms': 2 ** 31 - 1,
  'grpc.keepalive_permit_without_calls': 0,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1_000,
};

export interface CriTarget {
  /** Such as `unix:///run/containerd/containerd.sock`. */
  readonly endpoint: string;
  readonly log: Logger;
}

/** Connects when first asked, and again once the runtime is back. */
export function connectCri({ endpoint, log }: CriTarget): Cri {
  const channel = new Channel({ address: endpoint, credentials: socketCredentials(), options: CHANNEL_OPTIONS });
  const call: Call = async (method, request, { signal, timeoutMs = CALL_MS } = {}) => {
    const startedAt = performance.now();
    const limits = { ...(signal && { signal }), ...(Number.isFinite(timeoutMs) && { timeoutMs }) };
    try {
      return await channel.unary(method, request, limits);
    } finally {
      log.debug('runtime called', { method: method.path, ms: Math.round(performance.now() - startedAt) });
    }
  };
  const runtime = loadService<RuntimeMethods>(PROTO, 'runtime.v1.RuntimeService').methods;
  const images = loadService<ImageMethods>(PROTO, 'runtime.v1.ImageService').methods;
  return {
    ...runtimeCalls(call, runtime),
    ...sandboxCalls(call, runtime),
    ...containerCalls(call, runtime),
    ...streamCalls(call, runtime),
    ...imageCalls(call, images),
    [Symbol.dispose]: () => channel[Symbol.dispose](),
  };
}
