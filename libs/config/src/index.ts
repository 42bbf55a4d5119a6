export { closest } from './closest.ts';
export { ConfigError, describeSettings, loadConfig } from './load-config.ts';
export type { ConfigSources, Loaded } from './load-config.ts';
export { duration, flag, integer, list, oneOf, path, port, text } from './settings.ts';
export type { ConfigOf, Setting, Settings } from './settings.ts';
