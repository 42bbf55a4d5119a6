import type { PodTemplateSpec } from '@steersman/types';
import { sameTemplate, templateHash } from './template-hash.ts';

const template = (image: string, labels: Record<string, string> = { app: 'web' }): PodTemplateSpec => ({
  metadata: { labels },
  spec: { containers: [{ name: 'web', image }] },
});

describe('templateHash', () => {
  it('looks as upstream writes it', () => {
    expect(templateHash(template('nginx'), undefined)).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{1,10}$/);
  });

  it('depends on what is said, not on how', () => {
    const turned = {
      spec: { containers: [{ image: 'nginx', name: 'web', env: [] }] },
      metadata: { labels: { app: 'web' }, annotations: {} },
    };
    expect(templateHash(turned, undefined)).toBe(templateHash(template('nginx'), undefined));
  });

  it.each([
    { name: 'another image', hash: templateHash(template('redis'), undefined) },
    { name: 'another label', hash: templateHash(template('nginx', { app: 'db' }), undefined) },
    { name: 'a collision', hash: templateHash(template('nginx'), 1) },
  ])('differs for $name', ({ hash }) => {
    expect(hash).not.toBe(templateHash(template('nginx'), undefined));
  });
});

describe('sameTemplate', () => {
  it.each([
    { name: 'the hash label does not count', other: template('nginx', { app: 'web', 'pod-template-hash': 'x' }), want: true },
    { name: 'another image does', other: template('redis'), want: false },
    { name: 'another label does', other: template('nginx', { app: 'web', tier: 'a' }), want: false },
  ])('$name', ({ other, want }) => {
    expect(sameTemplate(template('nginx'), other)).toBe(want);
  });
});
