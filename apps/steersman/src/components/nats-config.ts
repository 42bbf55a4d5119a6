/** What one component may say and hear on NATS; subjects below `steersman.v1.<cluster>`. */
export interface NatsUser {
  readonly name: string;
  readonly password: string;
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
}

export interface NatsOptions {
  readonly port: number;
  readonly certFile: string;
  readonly keyFile: string;
  readonly caFile: string;
  readonly users: readonly NatsUser[];
}

/** Answers to requests come back on subjects of this prefix. */
const INBOX = '_INBOX.>';

/** Which subjects each component needs, and no more: whoever steals one credential cannot speak for another component. */
export const natsPermissions = (cluster: string): readonly Omit<NatsUser, 'password'>[] => {
  const below = (...topics: readonly string[]): readonly string[] => topics.map(topic => `steersman.v1.${cluster}.${topic}`);
  return [
    { name: 'apiserver', publish: below('feed.>', 'events.>', 'audit.>', 'log.apiserver.>'), subscribe: [INBOX] },
    { name: 'scheduler', publish: below('leader.scheduler', 'log.scheduler.>'), subscribe: [INBOX] },
    { name: 'controller-manager', publish: below('leader.controller-manager', 'log.controller-manager.>'), subscribe: [INBOX] },
    { name: 'kubelet', publish: below('log.container.>', 'log.kubelet.>', 'usage.>'), subscribe: [INBOX] },
    { name: 'observer', publish: [], subscribe: below('>') },
  ];
};

/** nats-server.conf: loopback, TLS, one user per component. */
export function natsConfig({ port, certFile, keyFile, caFile, users }: NatsOptions): string {
  const text = JSON.stringify;
  const list = (subjects: readonly string[]): string => `[${subjects.map(subject => text(subject)).join(', ')}]`;
  // An empty list of what is allowed would allow everything.
  const rule = (subjects: readonly string[]): string => (subjects.length > 0 ? `{ allow: ${list(subjects)} }` : '{ deny: ">" }');
  const user = ({ name, password, publish, subscribe }: NatsUser): string =>
    `    { user: ${text(name)}, password: ${text(password)}, permissions: { publish: ${rule(publish)}, subscribe: ${rule(subscribe)} } }`;
  return `host: "127.0.0.1"
port: ${port}
server_name: "steersman"
max_payload: 4MB
tls {
  cert_file: ${text(certFile)}
  key_file: ${text(keyFile)}
  ca_file: ${text(caFile)}
  timeout: 5
}
authorization {
  users: [
${users.map(user).join('\n')}
  ]
}
`;
}
