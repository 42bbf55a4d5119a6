export { startContainerd } from './start-containerd.ts';
export type { Containerd, ContainerdOptions } from './start-containerd.ts';
