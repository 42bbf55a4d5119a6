import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@steersman/telemetry';
import { FakeClient } from '@steersman/testing';
import { configMapKind } from '@steersman/types';
import { addonsController } from './addons.controller.ts';

const folder = mkdtempSync(join(tmpdir(), 'addons-'));
afterAll(() => rmSync(folder, { recursive: true }));

const map = (name: string, value: string, labels = ''): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name}, namespace: kube-system${labels} }\ndata: { key: ${value} }\n`;

const turn = { signal: new AbortController().signal, log: silentLogger };

describe('addonsController', () => {
  const client = new FakeClient({ now: () => new Date() });
  const controller = addonsController({ client, folder });
  const reconcile = (): ReturnType<typeof controller.reconcile> => controller.reconcile('addons', turn);
  const found = (name: string) => client.all(configMapKind)[`kube-system/${name}`];

  it('applies every object of the folder, and again what was changed', async () => {
    writeFileSync(join(folder, 'a.yaml'), `${map('one', 'a')}---\n${map('two', 'b')}---\n`);
    writeFileSync(join(folder, 'notes.txt'), 'not a manifest');
    expect(await reconcile()).toEqual({ againInMs: 30_000 });
    expect([found('one')?.data, found('two')?.data]).toEqual([{ key: 'a' }, { key: 'b' }]);
    const writes = client.writes.length;
    writeFileSync(join(folder, 'a.yaml'), map('one', 'changed'));
    await reconcile();
    expect(found('one')?.data).toEqual({ key: 'changed' });
    expect(client.writes.length).toBe(writes + 1);
  });

  it('leaves alone what is only to exist', async () => {
    const label = ', labels: { addonmanager.kubernetes.io/mode: EnsureExists }';
    writeFileSync(join(folder, 'a.yaml'), map('once', 'a', label));
    await reconcile();
    writeFileSync(join(folder, 'a.yaml'), map('once', 'b', label));
    await reconcile();
    expect(found('once')?.data).toEqual({ key: 'a' });
  });

  it.each([
    { name: 'broken YAML', text: 'a: [', want: /bad\.yaml, document 1: / },
    {
      name: 'an unknown kind',
      text: 'apiVersion: v1\nkind: Nothing\nmetadata: { name: x }',
      want: /bad\.yaml, document 1: no kind Nothing in version v1/,
    },
    {
      name: 'an object without a name',
      text: 'apiVersion: v1\nkind: ConfigMap',
      want: /bad\.yaml, document 1: a ConfigMap without a name/,
    },
  ])('says what is wrong with $name, and applies the rest', async ({ text, want }) => {
    writeFileSync(join(folder, 'bad.yaml'), text);
    writeFileSync(join(folder, 'c.yaml'), map('rest', text.length.toString()));
    await expect(reconcile()).rejects.toThrow(want);
    expect(found('rest')).toBeDefined();
  });

  it('has nothing to do without a folder', () => {
    expect(controller.watches).toHaveLength(1);
    expect(addonsController({ client, folder: '' }).watches).toEqual([]);
  });
});
