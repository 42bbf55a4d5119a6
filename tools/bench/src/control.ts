import { randomBytes } from 'node:crypto';

const RUN_MS = 300;
const DOCUMENT = JSON.stringify(
  Array.from({ length: 50 }, (_, at) => ({ name: `item-${at}`, labels: { app: 'control', at: String(at) }, ports: [at, at + 1] })),
);

/** How fast this machine is right now: rounds of parsing and serialising per second, which nothing of ours can change. */
export function controlSpeed(): number {
  const began = performance.now();
  let rounds = 0;
  let bytes = randomBytes(1).length;
  while (performance.now() - began < RUN_MS) {
    bytes += JSON.stringify(JSON.parse(DOCUMENT)).length;
    rounds++;
  }
  return bytes > 0 ? (rounds * 1_000) / (performance.now() - began) : 0;
}
