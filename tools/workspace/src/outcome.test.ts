import { outcomeOf, summary } from './outcome.ts';

const file = (name: string, status: string, tests: Record<string, string>) => ({
  name: `/src/${name}`,
  status,
  message: '',
  assertionResults: Object.entries(tests).map(([fullName, result]) => ({ fullName, status: result })),
});

it.each([
  {
    name: 'all is well',
    report: { numPassedTests: 2, testResults: [file('a.test.ts', 'passed', { one: 'passed', two: 'passed' })] },
    want: ['2 passed, 0 failed'],
  },
  {
    name: 'a test fails',
    report: {
      numPassedTests: 1,
      testResults: [file('a.test.ts', 'failed', { one: 'passed', 'two is right': 'failed', three: 'skipped' })],
    },
    want: ['FAILED a.test.ts: two is right', '1 passed, 1 failed'],
  },
  {
    name: 'a file does not load',
    report: { numPassedTests: 0, testResults: [file('a.test.ts', 'failed', {})] },
    want: ['FAILED a.test.ts: the file could not be run', '0 passed, 1 failed'],
  },
  { name: 'a run is killed', report: undefined, want: ['FAILED unit: the run did not finish', '0 passed, 1 failed'] },
])('tells that $name', ({ report, want }) => {
  expect(summary([outcomeOf('unit', report, '/src')])).toEqual(want);
});
