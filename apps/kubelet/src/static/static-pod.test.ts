import { isMirror, isStatic, staticPod } from './static-pod.ts';

const FACTS = { origin: '/etc/manifests/web.yaml', source: 'file', nodeName: 'one', seen: '2026-01-01T00:00:00Z' } as const;
const YAML = 'apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: c, image: "box:1"}]}\n';
const read = (text: string) => staticPod(text, FACTS);

describe('staticPod', () => {
  it.each([
    { form: 'YAML', text: YAML },
    {
      form: 'JSON',
      text: '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web"},"spec":{"containers":[{"name":"c","image":"box:1"}]}}',
    },
  ])('reads $form', ({ text }) => {
    const pod = read(text);
    expect(pod.metadata).toMatchObject({ name: 'web-one', namespace: 'default' });
    expect(pod.metadata.uid).toMatch(/^[0-9a-f]{32}$/);
    expect(pod.spec).toMatchObject({
      nodeName: 'one',
      restartPolicy: 'Always',
      tolerations: [{ operator: 'Exists', effect: 'NoExecute' }],
    });
    expect({ isStatic: isStatic(pod), isMirror: isMirror(pod) }).toEqual({ isStatic: true, isMirror: false });
  });

  it('makes another pod of a changed manifest', () => {
    expect(read(YAML.replace('box:1', 'box:2')).metadata.uid).not.toBe(read(YAML).metadata.uid);
  });

  it.each([
    { what: 'nothing', text: '', why: 'it holds no v1 Pod with a name and a spec' },
    { what: 'another kind', text: YAML.replace('Pod', 'Service'), why: 'it holds no v1 Pod with a name and a spec' },
    { what: 'no containers', text: YAML.replace(/\[\{.*\}\]/, '[]'), why: 'spec.containers: Required value' },
  ])('refuses $what', ({ text, why }) => {
    expect(() => read(text)).toThrow(why);
  });
});
