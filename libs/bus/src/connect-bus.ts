import { readFileSync } from 'node:fs';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { retry } from '@steersman/async';
import { type Logger, silentLogger } from '@steersman/telemetry';

export interface BusOptions {
  /** `nats://127.0.0.1:4222` */
  readonly url: string;
  /** Two lines: user and password; '' for none. */
  readonly credentialsFile: string;
  /** Authority of the server's certificate, PEM; '' for a server without TLS. */
  readonly caFile?: string;
  /** Shown by the server's monitoring. */
  readonly name: string;
  readonly log?: Logger;
  readonly signal: AbortSignal;
}

/** What we use of NATS. */
export interface Bus extends AsyncDisposable {
  /** Never waits and never fails: without a connection the message is dropped, as nothing true depends on it. */
  publish(subject: string, message: object): void;
  subscribe<T>(subject: string): AsyncIterable<{ readonly subject: string; readonly message: T }>;
}

/** Waits for the first connection as long as `signal` lets it; lost ones are made again for ever. */
export async function connectBus({ url, credentialsFile, caFile, name, log = silentLogger, signal }: BusOptions): Promise<Bus> {
  const [user, pass] = credentialsFile ? readFileSync(credentialsFile, 'utf8').split('\n') : [];
  const login = { ...(user && pass && { user, pass }), ...(caFile && { tls: { caFile } }) };
  const options = { servers: url, name, maxReconnectAttempts: -1, ...login };
  const connection = await retry(async () => connect(options), {
    signal,
    maxMs: 5_000,
    onRetry: (err, failed) => log[failed === 1 ? 'warn' : 'debug']('no connection to NATS, trying again', { err }),
  });
  return new NatsBus(connection);
}

class NatsBus implements Bus {
  readonly #connection: NatsConnection;

  constructor(connection: NatsConnection) {
    this.#connection = connection;
  }

  publish(subject: string, message: object): void {
    if (!this.#connection.isClosed()) this.#connection.publish(subject, JSON.stringify(message));
  }

  async *subscribe<T>(subject: string): AsyncGenerator<{ readonly subject: string; readonly message: T }> {
    for await (const message of this.#connection.subscribe(subject)) yield { subject: message.subject, message: message.json<T>() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection.close();
  }
}
