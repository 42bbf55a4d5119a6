/** One number that a benchmark found. */
export interface Measurement {
  /** Short and fixed: rows of the history are found by it. */
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** Which way is good. */
  readonly better: 'higher' | 'lower';
  /** The value it should reach. */
  readonly target?: number;
}

export interface BenchContext {
  /** An empty folder that is removed after the run. */
  readonly scratch: string;
  readonly signal: AbortSignal;
  /** Shows what is going on, on stderr. */
  readonly tell: (line: string) => void;
}

export interface Benchmark {
  /** What it is called on the command line. */
  readonly name: string;
  /** What is measured, in one line. */
  readonly about: string;
  /** One whole measurement, with everything it needs started and stopped again. It is called several times, and the medians count. */
  run(context: BenchContext): Promise<readonly Measurement[]>;
}
