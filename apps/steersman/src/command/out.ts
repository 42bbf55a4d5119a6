/** Where a command's words go. Answers go to `print`; progress and complaints to `tell`. */
export interface Out {
  readonly print: (text: string) => void;
  readonly tell: (text: string) => void;
  readonly isTerminal: boolean;
  readonly paint: Paint;
}

export type Paint = (style: 'bold' | 'dim' | 'green' | 'red' | 'yellow', text: string) => string;

/** https://en.wikipedia.org/wiki/ANSI_escape_code#SGR */
const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 } as const;

export const paintFor = ({ colours }: { readonly colours: boolean }): Paint =>
  colours ? (style, text) => `\u001b[${CODES[style]}m${text}\u001b[0m` : (_style, text) => text;

export function terminalOut({ stdout, stderr, env }: Pick<NodeJS.Process, 'stdout' | 'stderr' | 'env'>): Out {
  const isTerminal = stdout.isTTY === true;
  return {
    print: text => void stdout.write(`${text}\n`),
    tell: text => void stderr.write(`${text}\n`),
    isTerminal,
    paint: paintFor({ colours: isTerminal && env['NO_COLOR'] === undefined && env['TERM'] !== 'dumb' }),
  };
}
