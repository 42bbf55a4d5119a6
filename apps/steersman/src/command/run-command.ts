import { closest, type ConfigOf, ConfigError, describeSettings, loadConfig, type Settings } from '@steersman/config';
import { VERSION } from '@steersman/service';
import { COMPONENTS } from '../cluster/layout.ts';
import { type Completable, completion } from './completion.ts';
import {
  completionSettings,
  doctorSettings,
  downSettings,
  explainSettings,
  imageSettings,
  kubeconfigSettings,
  logsSettings,
  nodeSettings,
  statusSettings,
  upSettings,
} from './settings.ts';
import type { Context } from './context.ts';

interface Request<S extends Settings> {
  readonly config: ConfigOf<S>;
  readonly given: ReadonlySet<string>;
  readonly operands: readonly string[];
}

interface Command {
  readonly name: string;
  readonly summary: string;
  /** What may follow the flags. */
  readonly operands?: string;
  readonly settings: Settings;
  run(args: readonly string[], context: Context): Promise<void>;
}

/** Each command's code is loaded when it is the one. */
const COMMANDS: readonly Command[] = [
  define('up', 'bring the cluster up, installing and making what is missing', upSettings, async (request, context) =>
    (await import('../up/up.ts')).up(request, context),
  ),
  define('down', 'stop the cluster and keep its data, or remove every trace of it', downSettings, async (request, context) =>
    (await import('../down/down.ts')).down(request, context),
  ),
  define('status', 'show what runs', statusSettings, async (request, context) =>
    (await import('../status/status.ts')).status(request, context),
  ),
  define(
    'logs',
    'show what a component said',
    logsSettings,
    async (request, context) => (await import('../status/logs.ts')).logs(request, context),
    'COMPONENT',
  ),
  define(
    'explain',
    'say why a pod has no node, node by node',
    explainSettings,
    async (request, context) => (await import('../explain/explain.ts')).explain(request, context),
    'pod/NAME',
  ),
  define('kubeconfig', 'print a kubeconfig for the cluster', kubeconfigSettings, async (request, context) =>
    (await import('../kubeconfig/print-kubeconfig.ts')).printKubeconfig(request, context),
  ),
  define(
    'image',
    "work on the node's images without a registry",
    imageSettings,
    async (request, context) => (await import('../image/image.ts')).image(request, context),
    'import FILE... | ls | build',
  ),
  define(
    'node',
    'add, remove, stop and start nodes of this machine',
    nodeSettings,
    async (request, context) => (await import('../nodes/node.ts')).node(request, context),
    'ls | add NAME | remove NAME | stop NAME | start NAME',
  ),
  define('doctor', 'look at the machine, and say what a cluster will not like and what to do', doctorSettings, async (request, context) =>
    (await import('../doctor/doctor.ts')).doctor(request, context),
  ),
  define(
    'completion',
    'print a script that completes commands and flags',
    completionSettings,
    async ({ operands }, { out }) => out.print(completion(operands[0], completables())),
    'bash | zsh',
  ),
];

const WORDS: Readonly<Record<string, readonly string[]>> = {
  logs: [...COMPONENTS, 'supervisor'],
  image: ['import', 'ls', 'build'],
  node: ['ls', 'add', 'remove', 'stop', 'start'],
  completion: ['bash', 'zsh'],
};

const completables = (): readonly Completable[] => COMMANDS.map(({ name, settings }) => ({ name, settings, words: WORDS[name] ?? [] }));

function define<S extends Settings>(
  name: string,
  summary: string,
  settings: S,
  ...[run, operands]: [run: (request: Request<S>, context: Context) => Promise<void>, operands?: string]
): Command {
  return {
    name,
    summary,
    settings,
    ...(operands !== undefined && { operands }),
    async run(args, context) {
      const loaded = loadConfig('launcher', settings, { args, env: context.env });
      if (operands === undefined && loaded.operands.length > 0) {
        throw new ConfigError([`unexpected argument "${loaded.operands[0]}": \`steersman ${name}\` takes flags only`]);
      }
      await run({ ...loaded, given: loaded.given as ReadonlySet<string> }, context);
    },
  };
}

/** Short flags people are used to. */
const SHORT: Readonly<Record<string, string>> = { '-o': '--output', '-f': '--follow', '-h': '--help', '-y': '--yes', '-n': '--namespace' };

/** Runs what the arguments name. Mistakes in them are ConfigErrors. */
export async function runCommand(args: readonly string[], context: Context): Promise<void> {
  const [first = 'help', ...rest] = args.map(arg => SHORT[arg] ?? arg);
  if (first === 'version' || first === '--version')
    return context.out.print(`steersman ${VERSION.steersman}, Kubernetes API ${VERSION.gitVersion}`);
  if (first === 'help' || first === '--help') return context.out.print(help(rest[0]));
  const command = COMMANDS.find(({ name }) => name === first);
  if (!command) throw new ConfigError([unknownCommand(first)]);
  if (rest.includes('--help')) return context.out.print(help(command.name));
  await command.run(rest, context);
}

function unknownCommand(name: string): string {
  const names = COMMANDS.map(command => command.name);
  const found = closest(name, names);
  return `unknown command "${name}"${found === undefined ? `; there are ${names.join(', ')}` : `; did you mean ${found}?`}`;
}

function help(name: string | undefined): string {
  const command = COMMANDS.find(candidate => candidate.name === name);
  if (command) {
    const usage = ['steersman', command.name, '[flags]', ...(command.operands === undefined ? [] : [command.operands])].join(' ');
    return [
      `${usage}\n\n  ${command.summary}\n`,
      describeSettings(command.settings),
      '\nEach flag can also be given as STEERSMAN_LAUNCHER_<FLAG>, or in a file named by --config.',
    ].join('\n');
  }
  const rows = COMMANDS.map(({ name, summary }) => `  ${name.padEnd(12)}${summary}`);
  return ['steersman COMMAND [flags]', '', ...rows, '', '`steersman COMMAND --help` shows the flags of one.'].join('\n');
}
