const STEERSMAN = '0.1.0';

/** The Kubernetes API release we serve, and our own build in the suffix, as `kubectl version` and `get nodes` show it. */
export const VERSION = {
  steersman: STEERSMAN,
  major: '1',
  minor: '36',
  gitVersion: `v1.36.0+steersman.${STEERSMAN}`,
} as const;
