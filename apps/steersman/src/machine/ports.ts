import { createServer } from 'node:net';

const TRIES = 500;

/** Whether a server could listen there now. */
export const isFree = (port: number, host: string): Promise<boolean> =>
  new Promise(resolve => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });

export interface PortChoice<Name extends string> {
  readonly preferred: Readonly<Record<Name, number>>;
  /** Of clusters that may be down now. */
  readonly taken: ReadonlySet<number>;
  readonly isFree: (port: number) => Promise<boolean>;
}

/** For each name its preferred port, or the next one above that nobody has. */
export async function choosePorts<Name extends string>({ preferred, taken, isFree }: PortChoice<Name>): Promise<Record<Name, number>> {
  const chosen: Partial<Record<Name, number>> = {};
  const given = new Set(taken);
  for (const [name, first] of Object.entries(preferred) as [Name, number][]) {
    let port = first;
    while (given.has(port) || !(await isFree(port))) {
      if (++port > Math.min(first + TRIES, 65_535)) throw new Error(`no free port from ${first} on for ${name}`);
    }
    given.add(port);
    chosen[name] = port;
  }
  return chosen as Record<Name, number>;
}
