import { execFileSync } from 'node:child_process';
import { listTable } from './list-table.ts';
import { type NftSession, nftSession } from './nft-session.ts';

const NAMESPACE = `stm-nft-${process.pid}`;
const NFT = ['ip', 'netns', 'exec', NAMESPACE, 'nft'];

let session: NftSession;
beforeAll(() => execFileSync('ip', ['netns', 'add', NAMESPACE]));
afterAll(() => execFileSync('ip', ['netns', 'del', NAMESPACE]));
beforeEach(async () => {
  session = nftSession(NFT);
  await session.nft('add table inet t\ndelete table inet t\nadd table inet t\nadd set inet t ports { type inet_service ; }');
});
afterEach(() => session[Symbol.asyncDispose]());

interface Listing {
  readonly nftables: readonly { readonly set?: { readonly elem?: readonly number[] } }[];
}

async function ports(): Promise<readonly number[]> {
  const { nftables } = JSON.parse(await listTable(NFT, { kind: 'table', name: 't' })) as Listing;
  return nftables.flatMap(({ set }) => set?.elem ?? []);
}

describe('nftSession', () => {
  it('applies transactions in the order in which they come', async () => {
    await Promise.all([
      session.nft('add element inet t ports { 80 }'),
      session.nft('add element inet t ports { 81 }\ndelete element inet t ports { 80 }'),
      session.nft('add element inet t ports { 82 }'),
    ]);
    expect(await ports()).toEqual([81, 82]);
  });

  it.each<{ name: string; commands: string; complaint: string }>([
    { name: 'the kernel refuses', commands: 'add element inet t ports { 80 }\nadd element inet t none { 80 }', complaint: 'No such file' },
    { name: 'nft does not understand', commands: 'add element inet t ports { 80 }\nadd nonsense', complaint: 'syntax error' },
  ])('does all or nothing, and says why: $name', async ({ commands, complaint }) => {
    await expect(session.nft(commands)).rejects.toThrow(`nft refused the rules: Error: ${complaint}`);
    expect(await ports()).toEqual([]);
    await session.nft('add element inet t ports { 90 }');
    expect(await ports()).toEqual([90]);
  });

  it('takes transactions that are too long for a line', async () => {
    const many = Array.from({ length: 20_000 }, (_, at) => at + 1);
    await session.nft(`add element inet t ports { ${many.join(', ')} }`);
    expect(await ports()).toHaveLength(many.length);
  });

  it('goes on when its process was killed', async () => {
    const pids = execFileSync('ip', ['netns', 'pids', NAMESPACE], { encoding: 'utf8' }).trim().split('\n').map(Number);
    expect(pids).toHaveLength(1);
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    await session.nft('add element inet t ports { 80 }').catch(() => {}); // it may have been told before it was seen to be dead
    await session.nft('add element inet t ports { 81 }');
    expect(await ports()).toContain(81);
  });
});

describe('listTable', () => {
  it('lists nothing where there is no such table', async () => {
    expect(JSON.parse(await listTable(NFT, { kind: 'table', name: 'none' }))).toEqual({ nftables: [] });
  });
});
