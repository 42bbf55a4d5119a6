export { loadApiService } from './api.ts';
export type {
  ApiMethods,
  ApiResource,
  CallRequest,
  CallResponse,
  Subscribe,
  WatchEventMessage,
  WatchRequest,
  WatchResponse,
} from './api.ts';
export { Channel, ClientStream, MAX_MESSAGE_BYTES } from './channel.ts';
export type { ChannelTarget, RpcOptions, StreamHandlers } from './channel.ts';
export { clientCredentials, peerOf, serverCredentials, socketCredentials } from './credentials.ts';
export type { Peer, TlsFiles } from './credentials.ts';
export { fromGrpcError, STATUS_TRAILER, toGrpcError } from './errors.ts';
export { bidiStream, serverStream, unary } from './handlers.ts';
export type { CallContext, ServerStream } from './handlers.ts';
export { loadService, protosRoot } from './load-proto.ts';
export type { RpcMethod, RpcService, Sent } from './load-proto.ts';
export { startRpcServer } from './server.ts';
export type { RpcServer, RpcServerOptions } from './server.ts';
export { traceMetadata, traceOf } from './trace-metadata.ts';
