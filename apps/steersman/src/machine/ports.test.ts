import { createServer } from 'node:net';
import { choosePorts, isFree } from './ports.ts';

describe('choosePorts', () => {
  const preferred = { api: 6443, grpc: 6444 };
  it.each([
    { name: 'the preferred ones', busy: [], taken: [], want: { api: 6443, grpc: 6444 } },
    { name: 'the next free one, never one port twice', busy: [6443], taken: [], want: { api: 6444, grpc: 6445 } },
    { name: 'none of a cluster that is down', busy: [], taken: [6443, 6444, 6445], want: { api: 6446, grpc: 6447 } },
  ])('gives $name', async ({ busy, taken, want }) => {
    const choice = { preferred, taken: new Set<number>(taken), isFree: async (port: number) => !busy.some(other => other === port) };
    expect(await choosePorts(choice)).toEqual(want);
  });

  it('gives up where nothing is free', async () => {
    const choice = { preferred: { api: 65_530 }, taken: new Set<number>(), isFree: async () => false };
    await expect(choosePorts(choice)).rejects.toThrow('no free port from 65530 on for api');
  });
});

describe('isFree', () => {
  it('sees a server on the port, and that it has gone', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise(resolve => server.once('listening', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    expect([await isFree(port, '127.0.0.1'), await isFree(port, '0.0.0.0')]).toEqual([false, false]);
    await new Promise(resolve => server.close(resolve));
    expect(await isFree(port, '127.0.0.1')).toBe(true);
  });
});
