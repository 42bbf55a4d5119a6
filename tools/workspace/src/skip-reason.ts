export interface Needs {
  /** Mounts, or starts containers. */
  readonly root?: boolean;
}

export interface Machine {
  readonly isRoot: boolean;
  /** Debian packages that are not there. */
  readonly missing: readonly string[];
}

/** Why a phase cannot run on this machine, and what to do about it; undefined when it can. */
export function skipReason(phase: string, { root = false }: Needs, { isRoot, missing }: Machine): string | undefined {
  if (!root) return undefined;
  if (!isRoot) return `it starts real containers, and you are not root. To run it: sudo npm test -- ${phase}`;
  if (missing.length > 0) return `this machine lacks ${missing.join(', ')}, which are Debian packages. To run it: install these`;
  return undefined;
}
