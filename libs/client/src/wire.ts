import type { ApiResource } from '@steersman/rpc';
import type { WatchEvent } from './client.ts';

/** A request before it has an id: what every transport of the client carries. */
export interface Request {
  readonly verb: 'get' | 'list' | 'create' | 'update' | 'patch' | 'delete';
  readonly resource: ApiResource;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly options?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly contentType?: string;
}

export interface WatchRequest {
  readonly resource: ApiResource;
  readonly namespace?: string | undefined;
  readonly options: Readonly<Record<string, string>>;
}

/** What a ResourceClient needs of the connection. Failures are StatusErrors with the server's reason. */
export interface Transport {
  /** The parsed body of the answer. */
  call(request: Request, signal: AbortSignal | undefined): Promise<unknown>;
  watch(request: WatchRequest, signal: AbortSignal): AsyncIterable<WatchEvent<unknown>>;
}
