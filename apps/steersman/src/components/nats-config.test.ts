import { natsConfig, natsPermissions } from './nats-config.ts';

describe('natsConfig', () => {
  const users = natsPermissions('blue').map(user => ({ ...user, password: `pw-${user.name}` }));
  const text = natsConfig({ port: 4222, certFile: '/p/nats.crt', keyFile: '/p/nats.key', caFile: '/p/ca.crt', users });
  const line = (name: string) => text.split('\n').find(found => found.includes(`user: "${name}"`)) ?? '';

  it('gives each component a user that can speak for itself alone', () => {
    expect(line('apiserver')).toContain('publish: { allow: ["steersman.v1.blue.feed.>"');
    expect(line('scheduler')).not.toContain('feed');
    expect(line('kubelet')).toContain('"steersman.v1.blue.log.kubelet.>"');
  });

  it('lets an observer hear everything of this cluster and say nothing', () => {
    expect(line('observer')).toContain('publish: { deny: ">" }, subscribe: { allow: ["steersman.v1.blue.>"] }');
  });

  it('serves TLS on loopback', () => {
    expect(text).toMatch(/host: "127.0.0.1"\nport: 4222/);
    expect(text).toContain('cert_file: "/p/nats.crt"');
  });
});
