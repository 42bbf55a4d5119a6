import { StatusError } from '@steersman/status';
import type { Route } from './routes.ts';
import type { FoundContainer, ServerDeps } from './server-deps.ts';
import { passSpdy, type Upgrade } from './streams/pass-spdy.ts';
import { servePortForward } from './streams/port-forward.ts';
import { type RemoteStreams, serveRemoteCommand } from './streams/remote-command.ts';

export type StreamRoute = Extract<Route, { readonly name: 'exec' | 'attach' | 'portForward' }>;

/** Throws as long as nothing has been sent to the client; resolves when the connection is over. */
export async function answerUpgrade(deps: ServerDeps, route: StreamRoute, upgrade: Upgrade): Promise<void> {
  const { searchParams: query } = new URL(upgrade.request.url ?? '/', 'http://kubelet');
  if (route.name === 'portForward') await portForward(deps, route, { upgrade, query });
  else await remoteCommand(deps, route, { upgrade, query });
}

interface Asked {
  readonly upgrade: Upgrade;
  readonly query: URLSearchParams;
}

type CommandRoute = Extract<StreamRoute, { readonly name: 'exec' | 'attach' }>;

async function remoteCommand({ pods, cri }: ServerDeps, route: CommandRoute, { upgrade, query }: Asked): Promise<void> {
  const { name, ...at } = route;
  const found = await pods.findContainer(at);
  // Upstream's text and code: clients show it after "unable to upgrade connection: ".
  if (!found.running) throw new StatusError('InternalError', `container not found (${JSON.stringify(route.container)})`);
  const streams = streamsOf(query, name === 'attach' ? found : undefined);
  const request = { containerId: found.containerId, ...streams };
  const url = name === 'exec' ? await cri.exec({ ...request, cmd: query.getAll('command') }) : await cri.attach(request);
  if (isSpdy(upgrade)) await passSpdy(upgrade, url);
  else await serveRemoteCommand(upgrade, url, streams);
}

/** Whether an attached container has a terminal is its own affair, not the client's. */
function streamsOf(query: URLSearchParams, attached: FoundContainer | undefined): RemoteStreams {
  const asked = (name: string): boolean => ['1', 'true'].includes(query.get(name) ?? '');
  const tty = attached ? attached.tty : asked('tty');
  const streams = { stdin: asked('input'), stdout: asked('output'), stderr: asked('error') && !tty, tty };
  if (streams.stdin || streams.stdout || streams.stderr) return streams;
  throw new StatusError('BadRequest', 'you must specify at least 1 of stdin, stdout, stderr');
}

type PortForwardRoute = Extract<StreamRoute, { readonly name: 'portForward' }>;

async function portForward({ pods, cri }: ServerDeps, { name: _, ...at }: PortForwardRoute, { upgrade, query }: Asked): Promise<void> {
  const ports = query.getAll('ports').flatMap(list => list.split(',').map(portOf));
  const podSandboxId = await pods.findSandbox(at);
  const url = await cri.portForward({ podSandboxId, port: ports });
  if (isSpdy(upgrade)) await passSpdy(upgrade, url);
  else await servePortForward(upgrade, url, ports);
}

function portOf(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 0x1_0000) return port;
  throw new StatusError('BadRequest', `port ${JSON.stringify(text)} is not between 1 and 65535`);
}

const isSpdy = ({ request }: Upgrade): boolean => (request.headers.upgrade ?? '').toLowerCase().startsWith('spdy/');
