import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { logOptions } from './logs/log-options.ts';
import { openLog } from './logs/read-log.ts';
import type { Route } from './routes.ts';
import type { ServerDeps } from './server-deps.ts';

export interface PlainRequest {
  readonly query: URLSearchParams;
  readonly response: ServerResponse;
  readonly signal: AbortSignal;
}

type PlainRoute = Exclude<Route, { readonly name: 'exec' | 'attach' | 'portForward' }>;

/** Everything that is no upgrade. */
export async function answer(deps: ServerDeps, route: PlainRoute, request: PlainRequest): Promise<void> {
  const { response } = request;
  if (route.name === 'containerLogs') {
    await answerLogs(deps, route, request);
  } else if (route.name === 'pods') {
    const list = { kind: 'PodList', apiVersion: 'v1', metadata: {}, items: deps.pods.pods() };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(list));
  } else if (route.name === 'metrics') {
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(deps.metrics.text());
  } else {
    response.writeHead(200, { 'content-type': 'text/plain' }).end('ok');
  }
}

type LogRoute = Extract<PlainRoute, { readonly name: 'containerLogs' }>;

async function answerLogs({ pods }: ServerDeps, { namespace, pod, container }: LogRoute, request: PlainRequest): Promise<void> {
  const { query, response, signal } = request;
  const options = logOptions(query, new Date());
  const found = await pods.findContainer({ namespace, pod, container, previous: options.previous });
  const text = await openLog(found, options, signal);
  response.writeHead(200, { 'content-type': 'text/plain' });
  response.flushHeaders(); // a quiet container's log is open, too
  await pipeline(text, response);
}
