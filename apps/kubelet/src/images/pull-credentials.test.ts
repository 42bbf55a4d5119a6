import type { Pod, Secret } from '@steersman/types';
import { pullCredentials, repositoryOf } from './pull-credentials.ts';

const base64 = (value: unknown): string => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64');

describe('pullCredentials', () => {
  const auths = {
    'registry.example:5000': { username: 'reader', password: 'a' },
    'registry.example:5000/team': { auth: base64('team:b:c') },
    '*.mirror.example': { username: 'mirror', password: 'd' },
    'https://index.docker.io/v1/': { username: 'hub', password: 'e' },
  };
  const secrets: Readonly<Record<string, Pick<Secret, 'data'>>> = {
    modern: { data: { '.dockerconfigjson': base64({ auths }) } },
    old: { data: { '.dockercfg': base64({ 'old.example': { username: 'old', password: 'f' } }) } },
    broken: { data: { '.dockerconfigjson': base64('{') } },
  };
  const pod = { spec: { imagePullSecrets: [...Object.keys(secrets), 'missing'].map(name => ({ name })) } } as Pod;
  const objects = { secret: async (name: string) => secrets[name] as Secret | undefined };

  it.each([
    { image: 'registry.example:5000/box:1', want: ['reader:a'] },
    { image: 'registry.example:5000/team/box', want: ['team:b:c', 'reader:a'] },
    { image: 'eu.mirror.example/box', want: ['mirror:d'] },
    { image: 'busybox', want: ['hub:e'] },
    { image: 'old.example/box@sha256:0123', want: ['old:f'] },
    { image: 'other.example/box', want: [] },
  ])('$image: $want', async ({ image, want }) => {
    const found = await pullCredentials(image, pod, objects);
    expect(found.map(({ username, password }) => `${username}:${password}`)).toEqual(want);
  });
});

describe('repositoryOf', () => {
  it.each([
    { image: 'busybox', want: 'index.docker.io/library/busybox' },
    { image: 'docker.io/library/busybox:1.36', want: 'index.docker.io/library/busybox' },
    { image: 'team/box:2', want: 'index.docker.io/team/box' },
    { image: 'localhost/box', want: 'localhost/box' },
    { image: 'r.example:5000/a/b:tag', want: 'r.example:5000/a/b' },
  ])('$image is $want', ({ image, want }) => {
    expect(repositoryOf(image)).toBe(want);
  });
});
