import { parse } from 'yaml';
import { mergeContext, removeContext } from './merge-context.ts';

const ACCESS = { name: 'blue', server: 'https://127.0.0.1:6443', caPem: 'CA', certPem: 'CERT', keyPem: 'KEY' };
const WORK = `# my clusters
apiVersion: v1
kind: Config
preferences: {}
clusters:
- cluster: {server: "https://work:6443"} # the office
  name: work
contexts:
- context: {cluster: work, user: me, namespace: team}
  name: work
users: []
current-context: work
`;
const names = (text: string): unknown => {
  const { clusters, contexts, users, 'current-context': current } = parse(text) as Record<string, { name: string }[]>;
  return {
    clusters: clusters?.map(({ name }) => name),
    contexts: contexts?.map(({ name }) => name),
    users: users?.map(({ name }) => name),
    current,
  };
};

describe('mergeContext', () => {
  it.each([
    { name: 'an empty file', text: '', want: { clusters: ['blue'], contexts: ['blue'], users: ['blue'], current: 'blue' } },
    {
      name: "somebody's file",
      text: WORK,
      want: { clusters: ['work', 'blue'], contexts: ['work', 'blue'], users: ['blue'], current: 'work' },
    },
    {
      name: "kubectl's empty file",
      text: 'apiVersion: v1\nclusters: null\ncontexts: []\nusers: []\ncurrent-context: ""\nkind: Config\n',
      want: { clusters: ['blue'], contexts: ['blue'], users: ['blue'], current: 'blue' },
    },
  ])('adds a context to $name', ({ text, want }) => {
    expect(names(mergeContext(text, ACCESS)?.text ?? '')).toEqual(want);
  });

  it('leaves everything else as it is, comments too', () => {
    const merged = mergeContext(WORK, ACCESS);
    expect(merged?.isCurrent).toBe(false);
    expect(merged?.text).toMatch(/^# my clusters\n/);
    expect(merged?.text).toContain('server: "https://work:6443"');
    expect(merged?.text).toContain('# the office');
    expect(parse(merged?.text ?? '')).toMatchObject({ preferences: {}, contexts: [{ context: { namespace: 'team' } }, {}] });
  });

  it('puts a new way in in place of our old one', () => {
    const once = mergeContext(WORK, ACCESS)?.text ?? '';
    const twice = mergeContext(once, { ...ACCESS, server: 'https://127.0.0.1:7443' })?.text ?? '';
    expect(names(twice)).toEqual(names(once));
    expect(twice).toContain('https://127.0.0.1:7443');
    expect(twice).not.toContain('https://127.0.0.1:6443');
  });

  it("touches no context of somebody else's that has the name", () => {
    expect(mergeContext(WORK, { ...ACCESS, name: 'work' })).toBeUndefined();
  });

  it('refuses what is no YAML', () => {
    expect(() => mergeContext('clusters: [', ACCESS)).toThrow();
  });
});

describe('removeContext', () => {
  it('takes out what was put in, and nothing else', () => {
    const rest = removeContext(mergeContext(WORK, ACCESS)?.text ?? '', 'blue') ?? '';
    expect(parse(rest)).toEqual(parse(WORK));
    expect(rest).toContain('# the office');
  });

  it.each([
    { name: 'an empty text when nothing is left', text: mergeContext('', ACCESS)?.text ?? '', want: '' },
    { name: 'nothing for a file without it', text: WORK, want: undefined },
    { name: "nothing for somebody else's context", text: WORK.replaceAll('work', 'blue'), want: undefined },
  ])('gives $name', ({ text, want }) => {
    expect(removeContext(text, 'blue')).toBe(want);
  });
});
