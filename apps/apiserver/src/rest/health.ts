import { StatusError } from '@steersman/status';
import type { Reply } from './reply.ts';
import type { Target } from './route.ts';

/** Conditions by name. What stops serving is not ready; only what a restart would mend is not live. */
export interface HealthChecks {
  readonly livez: Readonly<Record<string, () => boolean>>;
  readonly readyz: Readonly<Record<string, () => boolean>>;
}

const TEXT = 'text/plain; charset=utf-8';

/** `/livez`, `/readyz` and `/healthz` as upstream answers: `?verbose`, `?exclude=<check>`, and each check at a path of its own. Undefined for other paths. */
export function healthReply({ pathname, searchParams }: Target, { livez, readyz }: HealthChecks): Reply | undefined {
  const [, endpoint = '', name, ...more] = pathname.split('/');
  const checks = { livez, readyz, healthz: readyz }[endpoint];
  if (!checks || more.length > 0) return undefined;
  if (name) return one(endpoint, name, checks[name]);
  const excluded = searchParams.getAll('exclude');
  const results = Object.entries(checks).map(([check, holds]) => ({ check, isExcluded: excluded.includes(check), ok: holds() }));
  const isOk = results.every(({ ok, isExcluded }) => ok || isExcluded);
  if (isOk && !searchParams.has('verbose')) return text(200, 'ok');
  const lines = results.map(({ check, ok, isExcluded }) => {
    if (isExcluded) return `[+]${check} excluded: ok`;
    return ok ? `[+]${check} ok` : `[-]${check} failed: reason withheld`;
  });
  const unknown = excluded.filter(check => !Object.hasOwn(checks, check)).map(check => `"${check}"`);
  if (unknown.length > 0) lines.push(`warn: some health checks cannot be excluded: no matches for ${unknown.join(', ')}`);
  return text(isOk ? 200 : 500, [...lines, `${endpoint} check ${isOk ? 'passed' : 'failed'}`, ''].join('\n'));
}

function one(endpoint: string, name: string, holds: (() => boolean) | undefined): Reply {
  if (!holds) throw new StatusError('NotFound', 'the server could not find the requested resource');
  return holds() ? text(200, 'ok') : text(500, `internal server error: ${endpoint} check ${name} failed`);
}

const text = (code: number, body: string): Reply => ({
  code,
  contentType: TEXT,
  body: [Buffer.from(body)],
  headers: { 'x-content-type-options': 'nosniff' },
});
