export { architectureOf, ociArchive } from './oci-archive.ts';
export type { ImageConfig, ImageSpec } from './oci-archive.ts';
export { tar } from './tar.ts';
export type { TarEntry } from './tar.ts';
