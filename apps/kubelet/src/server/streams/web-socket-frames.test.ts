import { masked } from '../testing/web-socket-client.ts';
import { OPCODE, webSocketFrame, WebSocketFrameReader } from './web-socket-frames.ts';

/** RFC 6455, section 5.7: a masked "Hello". */
const HELLO = Buffer.from('818537fa213d7f9f4d5158', 'hex');

describe('WebSocketFrameReader', () => {
  it.each([1, 4, 100])('unmasks the example of the RFC, in pieces of %d bytes', size => {
    const reader = new WebSocketFrameReader();
    const frames = Array.from({ length: Math.ceil(HELLO.length / size) }, (_, n) => reader.push(HELLO.subarray(n * size, (n + 1) * size)));
    expect(frames.flat()).toEqual([{ fin: true, opcode: OPCODE.TEXT, payload: Buffer.from('Hello') }]);
  });

  it('reads several frames of any length at once', () => {
    const long = Buffer.alloc(70_000, 'x');
    const bytes = Buffer.concat([masked(OPCODE.BINARY, long, { fin: false }), masked(OPCODE.CONTINUATION, Buffer.from('y'))]);
    expect(new WebSocketFrameReader().push(bytes)).toEqual([
      { fin: false, opcode: OPCODE.BINARY, payload: long },
      { fin: true, opcode: OPCODE.CONTINUATION, payload: Buffer.from('y') },
    ]);
  });

  it.each([
    { name: 'a frame that is not masked', bytes: webSocketFrame(OPCODE.TEXT, Buffer.from('Hello')), want: 'must mask' },
    { name: 'a frame without end', bytes: Buffer.from('82ff7fffffffffffffff00000000', 'hex'), want: 'too large' },
  ])('refuses $name', ({ bytes, want }) => {
    expect(() => new WebSocketFrameReader().push(bytes)).toThrow(want);
  });
});

describe('webSocketFrame', () => {
  it.each([
    { length: 5, want: '8205' },
    { length: 126, want: '827e007e' },
    { length: 70_000, want: '827f0000000000011170' },
  ])('writes a length of $length', ({ length, want }) => {
    const frame = webSocketFrame(OPCODE.BINARY, Buffer.alloc(length));
    expect(frame.subarray(0, frame.length - length).toString('hex')).toBe(want);
  });
});
