export type { ContainerQuery, FoundContainer, PodQuery, PodSource, ServerDeps } from './server-deps.ts';
export { startServer } from './start-server.ts';
export type { KubeletServer, ServerOptions } from './start-server.ts';
