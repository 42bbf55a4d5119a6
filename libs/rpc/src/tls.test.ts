import { join } from 'node:path';
import { credentials } from '@grpc/grpc-js';
import { type CallRequest, type CallResponse, loadApiService } from './api.ts';
import { Channel } from './channel.ts';
import { clientCredentials, hostOf, type Peer, serverCredentials, type TlsFiles } from './credentials.ts';
import { bidiStream } from './handlers.ts';
import type { Sent } from './load-proto.ts';
import { startRpcServer } from './server.ts';

const api = loadApiService();
const file = (name: string): string => join(import.meta.dirname, '../testing/certificates', name);
const pair = (name: string): TlsFiles => ({
  caFile: file('test-authority.crt'),
  certFile: file(`${name}.crt`),
  keyFile: file(`${name}.key`),
});

/** Calls once, and tells whom the server saw. */
async function peerSeen(host: string, credentialsOf: (address: string) => ReturnType<typeof clientCredentials>): Promise<Peer | undefined> {
  const seen = Promise.withResolvers<Peer | undefined>();
  const Call = bidiStream<CallRequest, Sent<CallResponse>>(async ({ peer }) => seen.resolve(peer));
  const services = [{ definition: api.definition, handlers: { Call, Watch: bidiStream(async () => {}) } }];
  const server = await startRpcServer({ addresses: ['127.0.0.1:0'], credentials: serverCredentials(pair('server')), services });
  const address = `${host}:${server.port}`;
  const channel = new Channel({ address, credentials: credentialsOf(address) });
  try {
    await channel.ready(3_000, new AbortController().signal);
    const ended = Promise.withResolvers<Error | undefined>();
    channel.bidiStream(api.methods.Call).start({ onMessage: () => {}, onEnd: ended.resolve });
    const failure = await ended.promise;
    if (failure) throw failure;
    return await seen.promise;
  } finally {
    channel[Symbol.dispose]();
    await server.stop(0);
  }
}

describe('clientCredentials', () => {
  it.each([
    { name: 'an address', host: '127.0.0.1' },
    { name: 'a name', host: 'localhost' },
  ])('connects to $name and shows who it is', async ({ host }) => {
    const peer = await peerSeen(host, address => clientCredentials(pair('client'), address));
    expect(peer).toMatchObject({ commonName: 'system:node:n1', organizations: ['system:nodes', 'extra'] });
  });

  it.each([
    { name: 'a server whose certificate names another host', of: () => clientCredentials(pair('client'), 'elsewhere.example:1') },
    { name: 'a client of another authority', of: (address: string) => clientCredentials(pair('stranger'), address) },
    { name: 'a client that does not know the authority', of: () => credentials.createSsl() },
  ])('refuses $name', async ({ of }) => {
    await expect(peerSeen('127.0.0.1', of)).rejects.toMatchObject({ reason: 'ServiceUnavailable' });
  });
});

describe('hostOf', () => {
  it.each([
    { address: '127.0.0.1:6444', want: { host: '127.0.0.1', isIp: true } },
    { address: '[::1]:6444', want: { host: '::1', isIp: true } },
    { address: 'api.example:6444', want: { host: 'api.example', isIp: false } },
    { address: 'unix:///run/x.sock', want: { host: 'unix:///run/x.sock', isIp: false } },
  ])('$address', ({ address, want }) => {
    expect(hostOf(address)).toEqual(want);
  });
});
