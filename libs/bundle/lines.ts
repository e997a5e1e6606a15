import { BundleError } from './errors';

/**
 * The lines of a stream, each with its newline, in memory for one line.
 * @param what names the file in a refusal
 * @throws BundleError `bundle-content-malformed` for a line longer than the limit, or a last one without a newline
 */
export async function* linesOf(stream: AsyncIterable<Buffer>, limit: number, what: string): AsyncGenerator<Buffer> {
  let begun: Buffer[] = [];
  let length = 0;
  for await (const piece of stream) {
    let from = 0;
    for (let end = piece.indexOf(0x0a); end >= 0; end = piece.indexOf(0x0a, from)) {
      const rest = piece.subarray(from, end + 1);
      if (length + rest.length > limit) throw tooLong(what, limit);
      yield begun.length === 0 ? rest : Buffer.concat([...begun, rest]);
      begun = [];
      length = 0;
      from = end + 1;
    }
    if (from === piece.length) continue;
    begun.push(piece.subarray(from));
    length += piece.length - from;
    if (length > limit) throw tooLong(what, limit);
  }
  if (length > 0) throw new BundleError('bundle-content-malformed', `${what} ends within a line`);
}

function tooLong(what: string, limit: number): BundleError {
  return new BundleError('bundle-content-malformed', `${what} has a line of more than ${limit} bytes`);
}
