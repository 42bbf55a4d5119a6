import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export const NODE_IP = '192.0.2.1';
export const WORLD_IP = '192.0.2.9';
export const CLUSTER_CIDRS = ['10.244.0.0/16', 'fd00:10::/32'];
const NODE_IP6 = 'fd00:99::1';
const WORLD_IP6 = 'fd00:99::9';

export interface Host {
  /** `<who answered> <whom it saw>`, or what went wrong: an error's code, or `silence`. */
  ask(host: string, port: number, options?: { readonly protocol?: 'tcp' | 'udp'; readonly from?: number }): Promise<string>;
  /** A connection that stays open. */
  open(host: string, port: number): Promise<Held>;
}

export interface Held {
  readonly answer: string;
  say(): Promise<string>;
  close(): Promise<void>;
}

export interface PodHost extends Host {
  readonly name: string;
  readonly ip: string;
  readonly ip6: string;
}

/** A node with pods behind it and a world before it, each in a network namespace of its own. */
export interface Network extends AsyncDisposable {
  readonly node: Host;
  readonly world: Host;
  /** How a program is called in the node's namespace. */
  inNode(...program: readonly string[]): readonly string[];
  /** `a` and `b` are of this node, `c` is of another one. */
  readonly pods: Readonly<Record<'a' | 'b' | 'c', PodHost>>;
}

const run = (command: string): string =>
  execFileSync('/bin/sh', ['-ec', command], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });

export async function buildNetwork(id: string): Promise<Network> {
  const agents: Agent[] = [];
  const namespaces: string[] = [];
  const dispose = async (): Promise<void> => {
    await Promise.all(agents.map(agent => agent.stop()));
    for (const namespace of namespaces) run(`ip netns del ${namespace}`);
  };
  const add = (role: string): string => {
    const namespace = `${id}-${role}`;
    run(`ip netns add ${namespace}; ip -n ${namespace} link set lo up`);
    namespaces.push(namespace);
    return namespace;
  };
  const host = async (namespace: string, name: string): Promise<Host> => {
    const agent = new Agent(namespace, name);
    agents.push(agent);
    await agent.ready();
    return {
      ask: (to, port, { protocol = 'tcp', from } = {}) => agent.do(protocol, to, port, from),
      open: (to, port) => agent.hold(to, port),
    };
  };
  try {
    const [node, world] = [add('node'), add('world')];
    // Without redirects: the one that a pod's call to itself causes would use up the node's allowance of ICMP errors.
    run(
      `ip netns exec ${node} sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 net.ipv4.conf.all.route_localnet=1 net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.default.send_redirects=0`,
    );
    run(`
      ip -n ${node} link add up0 type veth peer name up0 netns ${world}
      ip -n ${node} address add ${NODE_IP}/24 dev up0; ip -n ${node} address add ${NODE_IP6}/64 dev up0 nodad; ip -n ${node} link set up0 up
      ip -n ${world} address add ${WORLD_IP}/24 dev up0; ip -n ${world} address add ${WORLD_IP6}/64 dev up0 nodad; ip -n ${world} link set up0 up
      ip -n ${world} route add default via ${NODE_IP}; ip -n ${world} -6 route add default via ${NODE_IP6}
      ip -n ${node} route add default via ${WORLD_IP}; ip -n ${node} -6 route add default via ${WORLD_IP6}`);
    const pods: PodHost[] = [];
    for (const [name, ip, ip6] of [
      ['a', '10.244.0.2', 'fd00:10::2'],
      ['b', '10.244.0.3', 'fd00:10::3'],
      ['c', '10.244.1.2', 'fd00:10:0:1::2'],
    ] as const) {
      const pod = add(name);
      run(`
        ip -n ${node} link add pod-${name} type veth peer name eth0 netns ${pod}
        ip -n ${node} address add 10.244.0.1/32 dev pod-${name}; ip -n ${node} address add fe80::1/64 dev pod-${name} nodad
        ip -n ${node} link set pod-${name} up; ip -n ${node} route add ${ip}/32 dev pod-${name}
        ip -n ${pod} address add ${ip}/32 dev eth0; ip -n ${pod} address add ${ip6}/128 dev eth0 nodad; ip -n ${pod} link set eth0 up
        ip -n ${pod} route add 10.244.0.1/32 dev eth0; ip -n ${pod} route add default via 10.244.0.1
        ip -n ${pod} -6 route add default via fe80::1 dev eth0; ip -n ${node} -6 route add ${ip6}/128 dev pod-${name}`);
      pods.push({ name, ip, ip6, ...(await host(pod, name)) });
    }
    const [a, b, c] = pods;
    if (!a || !b || !c) throw new Error('a pod is missing');
    return {
      node: await host(node, 'node'),
      world: await host(world, 'world'),
      pods: { a, b, c },
      inNode: (...program) => ['ip', 'netns', 'exec', node, ...program],
      [Symbol.asyncDispose]: dispose,
    };
  } catch (err) {
    await dispose();
    throw err;
  }
}

class Agent {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (answer: string) => void>();
  readonly #up: Promise<string>;
  #last = 0;

  constructor(namespace: string, name: string) {
    const script = join(import.meta.dirname, 'agent.ts');
    this.#child = spawn('ip', ['netns', 'exec', namespace, process.execPath, script, name], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#up = new Promise(resolve => this.#waiting.set(0, resolve));
    if (!this.#child.stdout) throw new Error('an agent without output');
    createInterface({ input: this.#child.stdout }).on('line', line => {
      const { id, answer } = JSON.parse(line) as { readonly id: number; readonly answer: string };
      this.#waiting.get(id)?.(answer);
      this.#waiting.delete(id);
    });
  }

  async ready(): Promise<void> {
    await this.#up;
  }

  do(what: 'tcp' | 'udp' | 'open' | 'say' | 'close', host: string, port: number, from?: number): Promise<string> {
    const id = ++this.#last;
    const answer = new Promise<string>(resolve => this.#waiting.set(id, resolve));
    this.#child.stdin?.write(`${JSON.stringify({ id, what, host, port, ...(from !== undefined && { from }) })}\n`);
    return answer;
  }

  async hold(host: string, port: number): Promise<Held> {
    const number = this.#last + 1;
    const answer = await this.do('open', host, port, number);
    return {
      answer,
      say: () => this.do('say', host, port, number),
      close: async () => void (await this.do('close', host, port, number)),
    };
  }

  async stop(): Promise<void> {
    this.#child.stdin?.end();
    if (this.#child.exitCode === null) await once(this.#child, 'exit');
  }
}
