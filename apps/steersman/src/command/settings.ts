import { flag, oneOf, path, port, text } from '@steersman/config';

/** Which cluster a command is about. */
export const which = {
  name: text('name of the cluster', 'steersman'),
  dataDir: path('folder of the cluster; /var/lib/steersman/<name> unless told', ''),
} as const;

export const upSettings = {
  ...which,
  yes: flag('install missing Debian packages without asking'),
  port: port('port of the API; another free one is taken when 6443 is not free', 6443),
  nodeName: text("name of the node; the machine's own unless told", ''),
  nodeIp: text('address of the node; the one with the default route unless told', ''),
  dev: flag('run the programs from their sources instead of bundles'),
} as const;

export const downSettings = {
  ...which,
  purge: flag('remove the data and every trace as well'),
  yes: flag('purge without asking'),
} as const;

export const statusSettings = { ...which, output: oneOf('how to say it', ['text', 'json'], 'text') } as const;

export const logsSettings = { ...which, follow: flag('go on with what comes') } as const;

export const kubeconfigSettings = which;
export const imageSettings = which;
