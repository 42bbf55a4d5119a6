import { controlFrame, dataFrame, type Frame, FrameReader, streamIdOf, synStream, TYPE } from './spdy-frames.ts';

const DATA = dataFrame(7, Buffer.from('hello'), { fin: false });
const END = dataFrame(7, Buffer.alloc(0), { fin: true });
const PING = controlFrame(TYPE.PING, Buffer.from([0, 0, 0, 1]));

/** What a reader gives for `bytes` handed over in pieces of `size`. */
function read(bytes: Buffer, size: number): readonly Frame[] {
  const reader = new FrameReader();
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) => reader.push(bytes.subarray(n * size, (n + 1) * size))).flat();
}

describe('FrameReader', () => {
  it.each([1, 3, 8, 1000])('gives back the frames that were written, in pieces of %d bytes', size => {
    expect(read(Buffer.concat([DATA, PING, END]), size)).toEqual([
      { kind: 'data', streamId: 7, fin: false, data: Buffer.from('hello') },
      { kind: 'control', type: TYPE.PING, flags: 0, payload: Buffer.from([0, 0, 0, 1]) },
      { kind: 'data', streamId: 7, fin: true, data: Buffer.alloc(0) },
    ]);
  });
});

describe('the bytes on the wire', () => {
  it.each([
    { name: 'data', frame: DATA, want: '00000007 00 000005 68656c6c6f' },
    { name: 'the end of a stream', frame: END, want: '00000007 01 000000' },
    { name: 'ping', frame: PING, want: '80030006 00 000004 00000001' },
    { name: 'a new stream', frame: synStream(3, Buffer.from([0xab])), want: '80030001 00 00000b 00000003 00000000 0000 ab' },
  ])('are those of SPDY/3.1: $name', ({ frame, want }) => {
    expect(frame.toString('hex')).toBe(want.replaceAll(' ', ''));
  });
});

describe('streamIdOf', () => {
  it('leaves the reserved bit out', () => {
    expect(streamIdOf(Buffer.from([0x80, 0, 0, 5]))).toBe(5);
  });
});
