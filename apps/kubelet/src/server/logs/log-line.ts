/**
 * One line of a CRI log file: `<time> <stdout|stderr> <tags> <text>`, the first tag being F (full) or P (partial: the
 * line goes on in the stream's next one). See kubernetes/design-proposals-archive, node/kubelet-cri-logging.md.
 */
export interface LogLine {
  readonly time: string;
  readonly stream: 'stdout' | 'stderr';
  readonly partial: boolean;
  /** Where the text begins. */
  readonly start: number;
}

const SPACE = 0x20;
const COLON = 0x3a;
const P = 0x50;

/** Undefined for what no runtime writes, such as the rest of a line whose start is lost. */
export function parseLogLine(bytes: Buffer, from: number, to: number): LogLine | undefined {
  const streamAt = after(bytes, SPACE, from, to);
  const tagsAt = after(bytes, SPACE, streamAt, to);
  const textAt = after(bytes, SPACE, tagsAt, to);
  if (textAt === -1) return undefined;
  const stream = bytes.toString('latin1', streamAt, tagsAt - 1);
  if (stream !== 'stdout' && stream !== 'stderr') return undefined;
  const next = bytes[tagsAt + 1];
  return {
    time: bytes.toString('latin1', from, streamAt - 1),
    stream,
    partial: bytes[tagsAt] === P && (next === SPACE || next === COLON),
    start: textAt,
  };
}

/** The position behind the first `byte` in [from, to); -1 when there is none, or no `from`. */
function after(bytes: Buffer, byte: number, from: number, to: number): number {
  if (from === -1) return -1;
  const at = bytes.indexOf(byte, from);
  return at === -1 || at >= to ? -1 : at + 1;
}
