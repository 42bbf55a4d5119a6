/** One program to keep running. */
export interface Component {
  readonly name: string;
  /** Program and arguments that become `command`, in other namespaces. */
  readonly enter?: readonly string[];
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
}

export interface Plan {
  readonly components: readonly Component[];
}

/** What is known of a component, on disk for `status` and for the next supervisor. */
export interface ComponentRecord {
  readonly name: string;
  /** `failed`: it does not accept its configuration, and is not tried again. */
  readonly state: 'running' | 'waiting' | 'failed';
  /** Of the running process. */
  readonly pid?: number;
  readonly startTime?: string;
  /** ISO time of the last start. */
  readonly startedAt?: string;
  readonly restarts: number;
  readonly lastExit?: Exit;
}

export interface Exit {
  /** Neither is known of a process that another supervisor had started. */
  readonly code?: number;
  readonly signal?: string;
}
