import { once } from 'node:events';

export interface OutputOptions {
  readonly json?: boolean;
}

/** Says the result: readable lines, each of them one, and with `--json` one line of JSON as the last. */
export function say(options: OutputOptions, lines: readonly string[], summary: unknown): void {
  if (options.json) process.stdout.write(JSON.stringify(summary) + '\n');
  else for (const line of lines) process.stdout.write(harmless(line) + '\n');
}

/** Control characters, what else ends a line, and what turns the direction of writing. */
const unshown = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/**
 * One line as a terminal shows it. Words from somebody else's file may move the cursor, colour a verdict or begin a line
 * that says another one: such characters are written as their numbers.
 */
export function harmless(line: string): string {
  return line.replace(unshown, (one) => `\\u{${one.codePointAt(0)?.toString(16)}}`);
}

/** Ends without a word when whoever reads the output has gone (`… | head`), as other commands do. */
export function endWithReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(process.exitCode ?? 0);
  });
}

/** Writes a piece, waiting while the reader is slow. */
export async function write(stream: NodeJS.WritableStream, text: string): Promise<void> {
  if (!stream.write(text)) await once(stream, 'drain');
}
