import { flag, integer, list, oneOf, path, port, text } from '@steersman/config';
import { OVERLAYS } from '../cluster/state.ts';

/** Which cluster a command is about. */
export const which = {
  name: text('name of the cluster', 'steersman'),
  dataDir: path('folder of the cluster; /var/lib/steersman/<name> unless told', ''),
} as const;

/** How large a node of several is. */
const capacity = {
  nodeCpus: text('CPUs of a node, such as 2 or 0.5; the machine is divided unless told', ''),
  nodeMemory: text('memory of a node, such as 4Gi or 512Mi; the machine is divided unless told', ''),
} as const;

export const upSettings = {
  ...which,
  nodes: integer('nodes on this machine; those after the first have namespaces of their own', 1, { min: 1, max: 200 }),
  ...capacity,
  overlay: oneOf('how pods of different nodes reach each other', OVERLAYS, 'host-gw'),
  yes: flag('install missing Debian packages without asking'),
  port: port('port of the API; another free one is taken when 6443 is not free', 6443),
  nodeName: text("name of the node; the machine's own unless told", ''),
  nodeIp: text('address of the node; the one with the default route unless told', ''),
  allInOne: flag('run all programs of ours in one process: less memory, no isolation'),
  systemd: flag('bring the cluster up again after a reboot'),
  dev: flag('run the programs from their sources instead of bundles'),
} as const;

export const downSettings = {
  ...which,
  purge: flag('remove the data and every trace as well'),
  yes: flag('purge without asking'),
} as const;

export const nodeSettings = {
  ...which,
  ...capacity,
  force: flag('remove: without moving its pods away first'),
} as const;

export const statusSettings = { ...which, output: oneOf('how to say it', ['text', 'json'], 'text') } as const;

export const logsSettings = { ...which, follow: flag('go on with what comes') } as const;

export const explainSettings = { ...which, namespace: text('namespace of the pod', 'default') } as const;

export const kubeconfigSettings = which;
export const doctorSettings = which;
export const completionSettings = {} as const;

export const imageSettings = {
  ...which,
  tag: text('build: name of the image, such as example.io/box:1', ''),
  from: path('build: folder whose content becomes the root of the image', ''),
  packages: list('build: Debian packages to unpack into it, with what they depend on', []),
  command: list('build: program to run, and its arguments', []),
  env: list('build: environment of the program, NAME=VALUE', ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin']),
  output: path('build: archive to write; the image is imported unless told', ''),
} as const;
