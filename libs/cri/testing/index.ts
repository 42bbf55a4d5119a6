export { BOX_IMAGE, boxImage } from './box-image.ts';
export { ociArchive } from './oci-archive.ts';
export type { OciImage } from './oci-archive.ts';
export { startContainerd } from './start-containerd.ts';
export type { Containerd, ContainerdOptions } from './start-containerd.ts';
