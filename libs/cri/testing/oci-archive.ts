import { architectureOf, ociArchive as archiveOf, tar, type TarEntry } from '../src/images/index.ts';

export interface OciImage {
  /** With its tag. */
  readonly name: string;
  readonly files: readonly TarEntry[];
  readonly command: readonly string[];
}

/** An image for this machine of the files given: no registry is needed. */
export const ociArchive = ({ name, files, command }: OciImage): Buffer =>
  archiveOf({ name, layer: tar(files), architecture: architectureOf(process.arch), config: { Cmd: command, Env: ['PATH=/bin'] } });
