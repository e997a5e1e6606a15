import type { LedgerFiles } from '@ardoise/bundle';
import { ContentError } from './json';

const newline = 0x0a;

/**
 * The lines of an NDJSON file, in bounded memory.
 * @param limit bytes of a line
 * @throws ContentError `line-too-long`, `file-cut-off` when the last line does not end; BundleError
 */
export async function* linesOf(files: LedgerFiles, path: string, limit: number): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const piece of files.stream(path)) {
    let bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline)) {
      if (end > limit) throw tooLong(path);
      yield bytes.subarray(0, end);
      bytes = bytes.subarray(end + 1);
    }
    if (bytes.length > limit) throw tooLong(path);
    rest = bytes;
  }
  if (rest.length > 0) throw new ContentError('file-cut-off', `the last line of ${path} does not end`);
}

function tooLong(path: string): ContentError {
  return new ContentError('line-too-long', `a line of ${path} is too long`);
}
