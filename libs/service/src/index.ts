export { report, startHealthServer } from './health-server.ts';
export type { HealthServer, HealthServerOptions } from './health-server.ts';
export { runService } from './run-service.ts';
export { VERSION } from './version.ts';
