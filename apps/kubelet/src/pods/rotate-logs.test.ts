import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rotateLog } from './rotate-logs.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rotate-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const contents = () => Object.fromEntries(readdirSync(folder).map(name => [name, readFileSync(join(folder, name), 'utf8')]));

describe('rotateLog', () => {
  it('moves full files on, drops the oldest, and has the runtime open a new one', async () => {
    const path = join(folder, '0.log');
    const reopened: string[] = [];
    const cri = {
      reopenContainerLog: async (id: string) => {
        reopened.push(id);
        writeFileSync(path, '');
      },
    };
    for (const text of ['first', 'second', 'third', 'fourth']) {
      writeFileSync(path, text);
      await rotateLog({ containerId: 'c1', path }, { cri, maxBytes: 3, maxFiles: 3 });
    }
    expect(contents()).toEqual({ '0.log': '', '0.log.1': 'fourth', '0.log.2': 'third' });
    expect(reopened).toHaveLength(4);
  });

  it('leaves a small file alone', async () => {
    const path = join(folder, '0.log');
    writeFileSync(path, 'abc');
    const reopenContainerLog = async (): Promise<void> => {
      throw new Error('not asked for');
    };
    await rotateLog({ containerId: 'c1', path }, { cri: { reopenContainerLog }, maxBytes: 3, maxFiles: 3 });
    expect(contents()).toEqual({ '0.log': 'abc' });
  });
});
