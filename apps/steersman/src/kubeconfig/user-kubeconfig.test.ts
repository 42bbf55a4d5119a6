import { existsSync, mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addToKubeconfig, removeFromKubeconfig, userKubeconfig } from './user-kubeconfig.ts';

const ACCESS = { name: 'blue', server: 'https://127.0.0.1:6443', caPem: 'CA', certPem: 'CERT', keyPem: 'KEY' };
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kubeconfig-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('userKubeconfig', () => {
  it.each([
    { name: 'the first of KUBECONFIG', env: { KUBECONFIG: ':/a/config:/b/config' }, want: { file: '/a/config', owner: undefined } },
    {
      name: "that of sudo's user",
      env: { SUDO_UID: '1000', SUDO_GID: '1001' },
      want: { file: '/home/ann/.kube/config', owner: { uid: 1000, gid: 1001 } },
    },
  ])('is $name', ({ env, want }) => {
    const passwd = join(dir, 'passwd');
    writeFileSync(passwd, 'root:x:0:0:root:/root:/bin/sh\nann:x:1000:1001::/home/ann:/bin/sh\n');
    expect(userKubeconfig(env, passwd)).toEqual(want);
  });
});

describe('addToKubeconfig', () => {
  it('makes a file that only its owner reads, and takes it away with all that it made', () => {
    const file = join(dir, 'home', '.kube', 'config');
    expect(addToKubeconfig({ file, owner: undefined }, ACCESS)).toEqual({ isCurrent: true });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    removeFromKubeconfig(file, 'blue');
    expect(existsSync(join(dir, 'home', '.kube'))).toBe(false);
  });

  it('keeps a link a link, and other files where they are', () => {
    const [file, target] = [join(dir, 'config'), join(dir, 'dotfiles', 'kube')];
    mkdirSync(join(dir, 'dotfiles'));
    writeFileSync(target, 'apiVersion: v1\nkind: Config\nclusters: [{name: work, cluster: {}}]\n');
    symlinkSync(target, file);
    addToKubeconfig({ file, owner: undefined }, ACCESS);
    expect(readlinkSync(file)).toBe(target);
    expect(readFileSync(target, 'utf8')).toMatch(/work[^]*blue/);
    removeFromKubeconfig(file, 'blue');
    expect(readFileSync(target, 'utf8')).toMatch(/work/);
    expect(readFileSync(target, 'utf8')).not.toMatch(/blue/);
  });
});
