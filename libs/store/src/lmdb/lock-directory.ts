import { stat } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { StatusError } from '@steersman/status';

const ANSWER_WITHIN_MS = 300;

/**
 * Makes this the only process (and the only user within it) of a directory until `release`. The lock is an abstract unix
 * socket named after the directory's inode: the kernel frees it with the process, however that ends. It answers with the
 * holder's process id. Processes in different network namespaces do not see each other's.
 */
export async function lockDirectory(dir: string): Promise<{ readonly release: () => Promise<void> }> {
  const { dev, ino } = await stat(dir);
  const path = `\0steersman-store/${dev}/${ino}`;
  const server = createServer(socket => socket.on('error', () => {}).end(String(process.pid)));
  try {
    await listen(server, path);
  } catch (err) {
    if (!(err instanceof Error && 'code' in err && err.code === 'EADDRINUSE')) throw err;
    throw new StatusError(
      'ServiceUnavailable',
      `store directory ${dir} is in use by process ${await holder(path)}: stop it, or choose another directory`,
      { cause: err },
    );
  }
  server.unref();
  return { release: () => new Promise(resolve => server.close(() => resolve())) };
}

const listen = (server: Server, path: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });

const holder = (path: string): Promise<string> =>
  new Promise(resolve => {
    let answer = '';
    const socket = connect(path);
    socket.setTimeout(ANSWER_WITHIN_MS, () => socket.destroy());
    socket.on('data', data => (answer += data.toString()));
    socket.on('error', () => {});
    socket.on('close', () => resolve(answer || 'unknown'));
  });
