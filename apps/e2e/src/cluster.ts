import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { IMAGE, writeImage } from './image.ts';
import { type HelmVersion, type KubectlVersion, peer } from './peers.ts';
import { type Finished, Session, shell, type ShellOptions } from './shell.ts';

export const ROOT = resolve(import.meta.dirname, '../../..');
const UP_LIMIT_MS = 180_000;
const DOWN_LIMIT_MS = 90_000;

export const COMPONENTS = ['apiserver', 'scheduler', 'controller-manager', 'kubelet', 'containerd', 'nats', 'proxy', 'dns'] as const;
export type Component = (typeof COMPONENTS)[number];

interface ComponentStatus {
  readonly name: string;
  readonly state: string;
  readonly pid?: number;
}

/** The launcher, as a user runs it. */
export const steersman = (args: readonly string[], options: ShellOptions = {}): Promise<Finished> =>
  shell(join(ROOT, 'steersman'), args, { limitMs: UP_LIMIT_MS, ...options });

/** A cluster of its own, stopped and removed on disposal. Each has a scratch folder for files of the test. */
export class Cluster implements AsyncDisposable {
  readonly name: string;
  readonly scratch: string;
  readonly dataDir: string;
  readonly kubeconfig: string;

  private constructor(name: string, place?: { readonly dataDir: string }) {
    this.name = name;
    this.scratch = mkdtempSync(join(tmpdir(), `${name}-`));
    this.dataDir = place?.dataDir ?? join(this.scratch, 'data');
    this.kubeconfig = join(this.scratch, 'kubeconfig');
  }

  /** One that nobody has brought up yet. */
  static prepare(name: string, place?: { readonly dataDir: string }): Cluster {
    return new Cluster(`e2e-${name}-${process.pid}`, place);
  }

  /** Up, with the tests' image; `image: false` leaves that out. */
  static async start(
    name: string,
    { image = true, args = [] }: { readonly image?: boolean; readonly args?: readonly string[] } = {},
  ): Promise<Cluster> {
    const cluster = Cluster.prepare(name);
    try {
      await cluster.up(args);
      if (image) await cluster.importImage();
      return cluster;
    } catch (err) {
      await cluster.remove().catch(() => {});
      throw err;
    }
  }

  /** Runs `./steersman <verb>` for this cluster and insists that it works. */
  async run(args: readonly string[], limitMs = UP_LIMIT_MS): Promise<string> {
    const { code, stdout, stderr } = await steersman([...args, '--name', this.name, '--data-dir', this.dataDir], { limitMs });
    if (code !== 0) throw new Error(`steersman ${args.join(' ')} ended with ${code}:\n${stdout}\n${stderr}\n${this.logTails()}`);
    return stdout;
  }

  async up(args: readonly string[] = []): Promise<string> {
    const said = await this.run(['up', '--yes', ...args]);
    writeFileSync(this.kubeconfig, await this.run(['kubeconfig']), { mode: 0o600 });
    return said;
  }

  async down(): Promise<void> {
    await this.run(['down'], DOWN_LIMIT_MS);
  }

  /** Everything of the cluster goes, the scratch folder too. */
  async remove(): Promise<void> {
    try {
      await this.run(['down', '--purge', '--yes'], DOWN_LIMIT_MS);
    } finally {
      rmSync(this.scratch, { recursive: true, force: true });
    }
  }

  async importImage(): Promise<void> {
    const file = join(this.scratch, 'image.tar');
    writeImage(file);
    await this.run(['image', 'import', file]);
  }

  async components(): Promise<Readonly<Record<string, ComponentStatus>>> {
    const { components } = JSON.parse(await this.run(['status', '-o', 'json'])) as { components: readonly ComponentStatus[] };
    return Object.fromEntries(components.map(component => [component.name, component]));
  }

  async pidOf(component: Component): Promise<number> {
    const found = (await this.components())[component];
    if (found?.pid === undefined) throw new Error(`${component} has no pid: ${JSON.stringify(found)}`);
    return found.pid;
  }

  async tryKubectl(version: KubectlVersion, args: readonly string[], options: ShellOptions = {}): Promise<Finished> {
    return await shell(peer(`kubectl-${version}`), args, { ...options, env: { ...this.#env(version), ...options.env } });
  }

  /** What kubectl prints on stdout; a failure is an error with all it said. */
  async kubectl(version: KubectlVersion, args: readonly string[], options: ShellOptions = {}): Promise<string> {
    const { code, stdout, stderr } = await this.tryKubectl(version, args, options);
    if (code !== 0) throw new Error(`kubectl-${version} ${args.join(' ')} ended with ${code}:\n${stdout}\n${stderr}`);
    return stdout;
  }

  /** A kubectl to wait for and talk to. */
  open(version: KubectlVersion, args: readonly string[]): Session {
    return new Session(peer(`kubectl-${version}`), args, { env: this.#env(version) });
  }

  /** The same on a terminal of its own, as a person has it. */
  openTerminal(version: KubectlVersion, args: readonly string[]): Session {
    const command = [peer(`kubectl-${version}`), ...args].map(quote).join(' ');
    return new Session('script', ['--quiet', '--return', '--command', `stty rows 40 cols 100; exec ${command}`, '/dev/null'], {
      env: { ...this.#env(version), TERM: 'xterm' },
    });
  }

  async helm(version: HelmVersion, args: readonly string[]): Promise<Finished> {
    const env = { KUBECONFIG: this.kubeconfig, HOME: join(this.scratch, `helm-${version}`) };
    return await shell(peer(`helm-${version}`), args, { env, limitMs: UP_LIMIT_MS });
  }

  async json<T>(args: readonly string[]): Promise<T> {
    return JSON.parse(await this.kubectl('1.35', [...args, '-o', 'json'])) as T;
  }

  /** Log lines of every component, parsed, by component. */
  logs(): readonly { readonly component: string; readonly line: Readonly<Record<string, unknown>> }[] {
    return this.#logFiles().flatMap(({ component, text }) =>
      text.split('\n').flatMap(line => {
        try {
          return [{ component, line: JSON.parse(line) as Record<string, unknown> }];
        } catch {
          return []; // a line of a program that is not ours
        }
      }),
    );
  }

  logTails(): string {
    return this.#logFiles()
      .map(({ component, text }) => `== ${component}\n${text.split('\n').slice(-15).join('\n')}`)
      .join('\n');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.remove();
  }

  #logFiles(): readonly { readonly component: string; readonly text: string }[] {
    const folder = join(this.dataDir, 'logs');
    try {
      const names = readdirSync(folder).filter(name => name.endsWith('.log'));
      return names.map(name => ({ component: name.replace('.log', ''), text: readFileSync(join(folder, name), 'utf8') }));
    } catch {
      return []; // up did not come that far
    }
  }

  #env(version: KubectlVersion): Record<string, string> {
    // Each version has a discovery cache of its own, as on a user's machine.
    return { KUBECONFIG: this.kubeconfig, HOME: join(this.scratch, `home-${version}`) };
  }
}

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

export const podArgs = (name: string, ...more: readonly string[]): readonly string[] => ['run', name, `--image=${IMAGE}`, ...more];
