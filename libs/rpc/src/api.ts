import { loadService, type RpcMethod, type RpcService, type Sent } from './load-proto.ts';

/** Messages of protos/steersman/api/v1/api.proto as they are received: every field is there. What is sent may leave fields out. */
export interface ApiResource {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
}

export interface CallRequest {
  readonly id: number;
  readonly verb: string;
  readonly resource: ApiResource | null;
  readonly namespace: string;
  readonly name: string;
  readonly options: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly contentType: string;
  readonly traceparent: string;
  readonly timeoutMs: number;
}

export interface CallResponse {
  readonly id: number;
  readonly code: number;
  readonly body: Buffer;
  readonly more: boolean;
  readonly drain: boolean;
  readonly warnings: readonly string[];
}

export interface Subscribe {
  readonly id: number;
  readonly resource: ApiResource | null;
  readonly namespace: string;
  readonly options: Readonly<Record<string, string>>;
}

/** One of the two is set; `change` names which. */
export interface WatchRequest {
  readonly change?: 'subscribe' | 'unsubscribe';
  readonly subscribe?: Subscribe | null;
  readonly unsubscribe?: { readonly id: number } | null;
}

export interface WatchResponse {
  readonly events: readonly WatchEventMessage[];
  readonly drain: boolean;
}

export interface WatchEventMessage {
  readonly id: number;
  readonly type: 'UNKNOWN' | 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: Buffer;
  readonly traceparent: string;
}

export interface ApiMethods {
  readonly Call: RpcMethod<Sent<CallRequest>, CallResponse>;
  readonly Watch: RpcMethod<Sent<WatchRequest>, WatchResponse>;
}

export const loadApiService = (): RpcService<ApiMethods> => loadService<ApiMethods>('steersman/api/v1/api.proto', 'steersman.api.v1.Api');
