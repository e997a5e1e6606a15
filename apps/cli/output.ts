import { once } from 'node:events';

export interface OutputOptions {
  readonly json?: boolean;
}

/** Says the result: readable lines, and with `--json` one line of JSON as the last. */
export function say(options: OutputOptions, lines: readonly string[], summary: unknown): void {
  if (options.json) process.stdout.write(JSON.stringify(summary) + '\n');
  else for (const line of lines) process.stdout.write(line + '\n');
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
