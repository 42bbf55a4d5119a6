import { get } from 'node:http';
import { connect } from 'node:net';

const TIMEOUT_MS = 2_000;

/** Whether 200 comes from a health endpoint on loopback. */
export const isHealthy = (port: number): Promise<boolean> =>
  new Promise(resolve => {
    const call = get({ host: '127.0.0.1', port, path: '/healthz', timeout: TIMEOUT_MS, agent: false }, response => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    call.once('timeout', () => call.destroy()).once('error', () => resolve(false));
  });

export interface Greeting {
  readonly where: { readonly port: number; readonly host: string } | { readonly path: string };
  /** What the server says first; empty for one that waits to be spoken to. */
  readonly starts: string;
}

/** Whether something listens there and greets as it should. */
export const isListening = ({ where, starts }: Greeting): Promise<boolean> =>
  new Promise(resolve => {
    const socket = connect(where);
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(TIMEOUT_MS, () => end(false));
    socket.once('error', () => end(false));
    if (starts === '') socket.once('connect', () => end(true));
    else socket.once('data', data => end(data.toString().startsWith(starts)));
  });
