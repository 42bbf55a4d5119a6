import { type ServeOptions, type Served, serveUdp } from './serve-udp.ts';
import { serveTcp } from './serve-tcp.ts';

/** A free UDP port may be taken for TCP: another one is tried. */
const TRIES = 10;

/** UDP and TCP under one port number. */
export async function serveDns(options: ServeOptions): Promise<Served> {
  for (let left = TRIES; ; left--) {
    const udp = await serveUdp(options);
    try {
      const tcp = await serveTcp({ ...options, port: udp.port });
      return {
        port: udp.port,
        [Symbol.asyncDispose]: async () => {
          await Promise.all([udp[Symbol.asyncDispose](), tcp[Symbol.asyncDispose]()]);
        },
      };
    } catch (err) {
      await udp[Symbol.asyncDispose]();
      if (options.port !== 0 || left === 1) throw err;
    }
  }
}
