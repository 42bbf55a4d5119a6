import { isAbortError, systemClock } from '@steersman/async';
import { runService } from '@steersman/service';
import { createLogger } from '@steersman/telemetry';
import { readJson, writeJson } from '../cluster/json-file.ts';
import { layoutOf } from '../cluster/layout.ts';
import { processId } from '../machine/processes.ts';
import type { Plan } from './plan.ts';
import { rotateLogs } from './rotate-logs.ts';
import { supervise } from './supervise.ts';
import { systemProcesses } from './system-processes.ts';

const LOGS = { maxBytes: 16 * 1024 * 1024, keep: 3 };
const LOOK_AT_LOGS_MS = 10_000;

const [dataDir = ''] = process.argv.slice(2);
const layout = layoutOf(dataDir);
const log = createLogger({ app: 'supervisor' });

await runService(log, async signal => {
  const plan = readJson<Plan>(layout.plan);
  if (!plan) throw new Error(`${layout.plan} is missing or damaged: \`steersman up\` writes it`);
  writeJson(layout.record('supervisor'), processId(process.pid) ?? {});
  log.info('supervising', { components: plan.components.map(({ name }) => name) });
  try {
    await Promise.all([
      supervise(plan.components, {
        processes: systemProcesses(layout, systemClock),
        save: record => writeJson(layout.record(record.name), record),
        clock: systemClock,
        log,
        signal,
      }),
      boundLogs(signal),
    ]);
  } catch (err) {
    if (!signal.aborted || !isAbortError(err)) throw err;
    log.info('supervisor stopped, components go on');
  }
});

async function boundLogs(signal: AbortSignal): Promise<void> {
  for (;;) {
    await systemClock.sleep(LOOK_AT_LOGS_MS, signal);
    rotateLogs(layout.logs, LOGS);
  }
}
