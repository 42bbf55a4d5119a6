/** What jest writes with --json, as far as it counts here. */
export interface JestReport {
  readonly numPassedTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

export interface Outcome {
  readonly passed: number;
  /** One name per failure: a test, or a file that could not be run. */
  readonly failed: readonly string[];
}

/** The counts of one run; a run that left no report has failed as a whole. */
export function outcomeOf(phase: string, report: JestReport | undefined, root: string): Outcome {
  if (!report) return { passed: 0, failed: [`${phase}: the run did not finish`] };
  const failed = report.testResults.flatMap(({ name, status, assertionResults }) => {
    const file = name.replace(`${root}/`, '');
    const tests = assertionResults.filter(test => test.status === 'failed').map(({ fullName }) => `${file}: ${fullName}`);
    return tests.length === 0 && status === 'failed' ? [`${file}: the file could not be run`] : tests;
  });
  return { passed: report.numPassedTests, failed };
}

export const summary = (outcomes: readonly Outcome[]): readonly string[] => {
  const failed = outcomes.flatMap(outcome => outcome.failed);
  const passed = outcomes.reduce((sum, outcome) => sum + outcome.passed, 0);
  return [...failed.map(name => `FAILED ${name}`), `${passed} passed, ${failed.length} failed`];
};
