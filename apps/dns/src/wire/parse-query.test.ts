import fc from 'fast-check';
import { decoded, queryMessage } from '../test-builders.ts';
import { RCODE } from './codes.ts';
import { parseQuery, questionOf } from './parse-query.ts';
import { renderRefusal } from './reply.ts';

const query = queryMessage('Web.NS.svc.cluster.local', 'A');
const edited = (edit: (message: Buffer) => void, message = query): Buffer => {
  const copy = Buffer.from(message);
  edit(copy);
  return copy;
};

describe('parseQuery', () => {
  it('reads a question, its name without case', () => {
    const parsed = parseQuery(query);
    expect(parsed).toMatchObject({ kind: 'query', query: { id: 0x1234, type: 1, edns: undefined, questionEnd: query.length } });
    expect(parsed.kind === 'query' && questionOf(parsed.query).labels).toEqual(['web', 'ns', 'svc', 'cluster', 'local']);
  });

  it('gives questions the same key only when their answer is the same', () => {
    const key = (message: Buffer): string => {
      const parsed = parseQuery(message);
      return parsed.kind === 'query' ? parsed.query.key : parsed.kind;
    };
    expect(key(queryMessage('wEB.ns.svc.cluster.LOCAL', 'A'))).toBe(key(query));
    expect(key(queryMessage('web.ns.svc.cluster.local', 'AAAA'))).not.toBe(key(query));
    // A label with a dot in it is not two labels.
    expect(key(edited(message => message.write('.', 16, 'latin1')))).not.toBe(key(query));
    // Type 65 is the letter A: types have no case.
    const letters = [65, 97].map(type => key(edited(message => message.writeUInt16BE(type, query.length - 4))));
    expect(letters[0]).not.toBe(letters[1]);
  });

  it('reads EDNS', () => {
    const parsed = parseQuery(queryMessage('a.b', 'A', { edns: { udpPayloadSize: 1_400, flags: 0x8000 } }));
    expect(parsed).toMatchObject({ query: { edns: { payloadSize: 1_400, isDnssecOk: true } } });
  });

  it.each([
    { name: 'an empty message', message: Buffer.alloc(0) },
    { name: 'less than a header', message: query.subarray(0, 11) },
    { name: 'a response', message: edited(message => message.writeUInt16BE(0x8180, 2)) },
  ])('ignores $name', ({ message }) => {
    expect(parseQuery(message)).toEqual({ kind: 'ignored' });
  });

  it.each([
    { name: 'another opcode', message: edited(message => message.writeUInt16BE(0x2000, 2)), want: RCODE.NOTIMP },
    { name: 'no question', message: edited(message => message.writeUInt16BE(0, 4)), want: RCODE.FORMERR },
    { name: 'two questions', message: edited(message => message.writeUInt16BE(2, 4)), want: RCODE.FORMERR },
    { name: 'a name without an end', message: query.subarray(0, 20), want: RCODE.FORMERR },
    { name: 'a question without a class', message: query.subarray(0, query.length - 2), want: RCODE.FORMERR },
    { name: 'a pointer in the question', message: edited(message => message.writeUInt16BE(0xc00c, 12)), want: RCODE.FORMERR },
    { name: 'a label of 64 bytes', message: edited(message => message.writeUInt8(64, 12)), want: RCODE.FORMERR },
    {
      name: 'a name of more than 255 bytes',
      message: queryMessage(Array.from({ length: 130 }, () => 'a').join('.'), 'A'),
      want: RCODE.FORMERR,
    },
    { name: 'another class', message: edited(message => message.writeUInt16BE(3, query.length - 2)), want: RCODE.REFUSED },
    { name: 'records that are not there', message: edited(message => message.writeUInt16BE(1, 10)), want: RCODE.FORMERR },
    { name: 'an unknown EDNS version', message: queryMessage('a.b', 'A', { edns: { ednsVersion: 1 } }), want: RCODE.BADVERS },
  ])('refuses $name', ({ message, want }) => {
    expect(parseQuery(message)).toMatchObject({ kind: 'refused', rcode: want });
  });

  it('survives any bytes, and what it refuses gets an answer that can be read', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 600 }).map(data => Buffer.from(data)),
      // Close to a query: some bytes of one changed, its end cut off.
      fc
        .tuple(fc.array(fc.tuple(fc.nat(90), fc.nat(255)), { maxLength: 6 }), fc.nat(90))
        .map(([changes, length]) =>
          edited(
            message => changes.forEach(([at, byte]) => at < message.length && message.writeUInt8(byte, at)),
            queryMessage('web.ns.svc.cluster.local', 'A', { edns: {} }),
          ).subarray(0, length),
        ),
    );
    fc.assert(
      fc.property(bytes, message => {
        const parsed = parseQuery(message);
        if (parsed.kind === 'refused') expect(decoded(renderRefusal(message, parsed)).type).toBe('response');
        if (parsed.kind === 'query') expect(parsed.query.questionEnd).toBeLessThanOrEqual(message.length);
      }),
      { numRuns: 2_000 },
    );
  });
});
