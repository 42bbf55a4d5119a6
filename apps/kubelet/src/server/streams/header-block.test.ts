import { constants, inflateSync } from 'node:zlib';
import { HeaderBlocks } from './header-block.ts';

/** What a peer reads of all blocks so far. */
const inflated = (blocks: readonly Buffer[]): Buffer => inflateSync(Buffer.concat(blocks), { finishFlush: constants.Z_SYNC_FLUSH });

const pair = (name: string, value: string): Buffer =>
  Buffer.concat([name, value].map(text => Buffer.concat([length(text.length), Buffer.from(text)])));

function length(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

describe('HeaderBlocks', () => {
  it('writes blocks that any zlib reads as one stream', () => {
    const blocks = new HeaderBlocks();
    const first = blocks.encode({ streamType: 'error', port: '80' });
    const second = blocks.encode({ streamtype: 'data' });
    const wantFirst = Buffer.concat([length(2), pair('streamtype', 'error'), pair('port', '80')]);
    expect(inflated([first])).toEqual(wantFirst);
    expect(inflated([first, second])).toEqual(Buffer.concat([wantFirst, length(1), pair('streamtype', 'data')]));
  });

  it('says how long a text is in bytes', () => {
    expect(inflated([new HeaderBlocks().encode({ a: 'é' })])).toEqual(
      Buffer.concat([length(1), length(1), Buffer.from('a'), length(2), Buffer.from('é')]),
    );
  });
});
