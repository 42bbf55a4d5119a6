import { parseFieldSelector } from './field-selector.ts';
import { labelSelectorFrom, parseLabelSelector } from './label-selector.ts';
import { checkLabelValue, checkQualifiedName, checkSubdomain } from './names.ts';

describe('parseLabelSelector', () => {
  const labels = { app: 'web', tier: 'front', size: '5', empty: '' };
  it.each([
    { selector: '', matches: true },
    { selector: 'app=web', matches: true },
    { selector: 'app==web', matches: true },
    { selector: 'app = web , tier != back', matches: true },
    { selector: 'app!=web', matches: false },
    { selector: 'missing!=x', matches: true },
    { selector: 'app in (web, api)', matches: true },
    { selector: 'app notin (web)', matches: false },
    { selector: 'missing notin (web)', matches: true },
    { selector: 'app', matches: true },
    { selector: '!app', matches: false },
    { selector: '!missing', matches: true },
    { selector: 'size>4,size<6', matches: true },
    { selector: 'size>5', matches: false },
    { selector: 'empty=', matches: true },
    { selector: 'example.com/x', matches: false },
  ])('"$selector" is $matches', ({ selector, matches }) => {
    expect(parseLabelSelector(selector).matches(labels)).toBe(matches);
    expect(parseLabelSelector(parseLabelSelector(selector).toString()).matches(labels)).toBe(matches);
  });

  it.each(['app=web,', 'a=b=c', 'app in web', 'app in (a', '=x', 'size>big', 'a b', 'app=-x', 'bad/key/here=1'])(
    'refuses "%s"',
    selector => {
      expect(() => parseLabelSelector(selector)).toThrow(expect.objectContaining({ reason: 'BadRequest' }));
    },
  );
});

it('reads the selector of a spec', () => {
  const selector = labelSelectorFrom({
    matchLabels: { app: 'web' },
    matchExpressions: [{ key: 'tier', operator: 'NotIn', values: ['back'] }],
  });
  expect(selector.toString()).toBe('app=web,tier!=back');
  expect(selector.matches({ app: 'web', tier: 'back' })).toBe(false);
});

describe('parseFieldSelector', () => {
  it.each([
    { text: 'metadata.name=a,status.phase!=Running', equals: { 'metadata.name': 'a' }, notEquals: [['status.phase', 'Running']] },
    { text: 'a==b', equals: { a: 'b' }, notEquals: [] },
    { text: 'a=x\\,y', equals: { a: 'x,y' }, notEquals: [] },
    { text: '', equals: {}, notEquals: [] },
  ])('reads "$text"', ({ text, equals, notEquals }) => {
    expect(parseFieldSelector(text)).toMatchObject({ equals, notEquals, contradicts: false });
  });

  it('sees that a field cannot have two values', () => {
    expect(parseFieldSelector('a=1,a=2').contradicts).toBe(true);
  });

  it.each(['nonsense', 'a=\\x'])('refuses "%s"', text => {
    expect(() => parseFieldSelector(text)).toThrow(expect.objectContaining({ reason: 'BadRequest' }));
  });
});

it.each([
  { name: 'a qualified name', faults: checkQualifiedName('example.com/app'), count: 0 },
  { name: 'an upper-case prefix', faults: checkQualifiedName('Example.com/app'), count: 1 },
  { name: 'an empty label value', faults: checkLabelValue(''), count: 0 },
  { name: 'a label value too long', faults: checkLabelValue('x'.repeat(64)), count: 1 },
  { name: 'an underscore in a subdomain', faults: checkSubdomain('Bad_Name'), count: 1 },
])('$name has $count faults', ({ faults, count }) => {
  expect(faults).toHaveLength(count);
});
