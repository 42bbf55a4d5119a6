import { decoded, question, queryMessage, type QueryFacts, shown } from '../test-builders.ts';
import { type Answer, encodeAnswer } from './encode-answer.ts';
import { parseQuery } from './parse-query.ts';
import { type Rendering, renderReply } from './reply.ts';

const addresses = (count: number): Answer => ({
  rcode: 'NOERROR',
  isAuthoritative: true,
  answers: Array.from({ length: count }, (_, at) => ({ type: 'A', ttl: 5, data: `10.0.0.${at + 1}` })),
});

function render(answer: Answer, { facts = {}, ...rendering }: Partial<Rendering> & { readonly facts?: QueryFacts } = {}) {
  const message = queryMessage('Db.NS.svc.Cluster.local', 'A', facts);
  const parsed = parseQuery(message);
  if (parsed.kind !== 'query') throw new Error(parsed.kind);
  const reply = encodeAnswer(question('db.ns.svc.cluster.local', 'A'), answer);
  const bytes = renderReply(reply, message, parsed.query, { transport: 'udp', recursionAvailable: true, ...rendering });
  return { bytes, message: decoded(bytes) };
}

describe('renderReply', () => {
  it("keeps the client's id and its spelling of the name", () => {
    const { message } = render(addresses(1));
    expect(message).toMatchObject({
      id: 0x1234,
      type: 'response',
      flag_aa: true,
      flag_rd: true,
      flag_ra: true,
      flag_tc: false,
      rcode: 'NOERROR',
    });
    expect(message.questions).toEqual([{ name: 'Db.NS.svc.Cluster.local', type: 'A', class: 'IN' }]);
    expect(shown(message.answers)).toEqual(['Db.NS.svc.Cluster.local 5 A 10.0.0.1']);
  });

  it.each([
    { name: 'fits 28 addresses into plain UDP', count: 28, facts: {}, want: { answers: 28, isTruncated: false } },
    { name: 'cuts at 512 bytes without EDNS', count: 50, facts: {}, want: { answers: 29, isTruncated: true } },
    {
      name: 'takes the size that EDNS gives',
      count: 50,
      facts: { edns: { udpPayloadSize: 4_096 } },
      want: { answers: 50, isTruncated: false },
    },
    {
      name: 'never sends what paths fragment',
      count: 90,
      facts: { edns: { udpPayloadSize: 65_535 } },
      want: { answers: 73, isTruncated: true },
    },
    {
      name: 'takes an absurdly small size for 512',
      count: 50,
      facts: { edns: { udpPayloadSize: 1 } },
      want: { answers: 28, isTruncated: true },
    },
  ])('$name', ({ count, facts, want }) => {
    const { bytes, message } = render(addresses(count), { facts });
    expect({ answers: message.answers?.length, isTruncated: message.flag_tc }).toEqual(want);
    expect(bytes.length).toBeLessThanOrEqual('edns' in facts ? 1_232 : 512);
  });

  it('sends everything over TCP', () => {
    expect(render(addresses(3_000), { transport: 'tcp' }).message).toMatchObject({ flag_tc: false, answers: { length: 3_000 } });
  });

  it('drops additional records without calling it cut', () => {
    const { answers } = addresses(20);
    const { message } = render({
      ...addresses(20),
      additionals: answers.map(record => ({ ...record, owner: 'other.ns.svc.cluster.local' })),
    });
    expect(message).toMatchObject({ flag_tc: false, answers: { length: 20 } });
    expect(message.additionals?.length).toBeLessThan(20);
  });

  it('puts another address first each time', () => {
    const first = (turn: number) => shown(render(addresses(3), { turn }).message.answers).map(line => line.split('.').at(-1));
    expect([0, 1, 2, 3].map(first)).toEqual([
      ['1', '2', '3'],
      ['2', '3', '1'],
      ['3', '1', '2'],
      ['1', '2', '3'],
    ]);
  });

  it('answers EDNS with EDNS, and only then', () => {
    expect(shown(render(addresses(1), { facts: { edns: {} } }).message.additionals)).toEqual(['OPT 1232']);
    expect(render(addresses(1)).message.additionals).toEqual([]);
  });
});
