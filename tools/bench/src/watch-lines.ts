import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { createInterface } from 'node:readline';
import type { RestTarget } from './rest-connection.ts';

/** Calls `take` with each line of a watch until `signal` aborts; resolves once the server has begun to answer. */
export async function watchLines(
  { port, certificates }: RestTarget,
  path: string,
  { take, signal }: { readonly take: (line: string) => void; readonly signal: AbortSignal },
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const options = {
      host: '127.0.0.1',
      port,
      path,
      ca: readFileSync(certificates.caFile),
      cert: readFileSync(certificates.adminCertFile),
      key: readFileSync(certificates.adminKeyFile),
      signal,
    };
    request(options, response => {
      createInterface({ input: response })
        .on('line', take)
        .on('error', () => {}); // our own abort
      response.once('data', () => resolve());
    })
      .on('error', reject)
      .end();
  });
}
