export interface ContainerdOptions {
  /** Loaded into the runtime; OCI archives. */
  readonly images?: readonly string[];
}

export interface Containerd extends AsyncDisposable {
  /** unix:///... */
  readonly endpoint: string;
  readonly folder: string;
}
