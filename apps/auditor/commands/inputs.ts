import { createReadStream } from 'node:fs';
import { X509Certificate } from 'node:crypto';
import { openBundle, type LedgerFiles } from '@ardoise/bundle';
import { parseTrustPolicy, type TrustPolicy } from '@ardoise/ledger';
import { verifyTimestamp } from '@ardoise/timestamps';
import { LayeredFiles } from '../log/layered-files';
import { ContentError } from '../verification/content';
import type { VerifyToken } from '../verification/timestamps';

/** No file that a person names here is as large as that. */
const mostBytes = 16 * 2 ** 20;

/** A file that was named on the command line. @throws ContentError `file-unreadable`, `file-too-large` */
export async function readNamed(path: string): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let length = 0;
  try {
    for await (const piece of createReadStream(path) as AsyncIterable<Buffer>) {
      length += piece.length;
      if (length > mostBytes) throw new ContentError('file-too-large', `${path} is too large for what it should be`);
      pieces.push(piece);
    }
  } catch (error) {
    if (error instanceof ContentError) throw error;
    throw new ContentError(
      'file-unreadable',
      `${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`,
    );
  }
  return Buffer.concat(pieces);
}

export async function readPolicy(path: string): Promise<{ readonly text: string; readonly trust: TrustPolicy }> {
  const text = (await readNamed(path)).toString('utf8');
  return { text, trust: parseTrustPolicy(text) };
}

/** Verifies tokens of the authority whose certificates are in the PEM file. */
export async function readAuthority(path: string): Promise<VerifyToken> {
  const text = (await readNamed(path)).toString('latin1');
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  const certificates = blocks.map((pem) => {
    try {
      return Buffer.from(new X509Certificate(pem).raw);
    } catch {
      throw new ContentError('certificate-malformed', `${path} has a certificate that cannot be read`);
    }
  });
  if (certificates.length === 0) throw new ContentError('certificate-malformed', `${path} has no certificate in PEM`);
  return (token, digest) => verifyTimestamp(token, digest, certificates);
}

/** A bundle, and the older ones that it is an increment of, the newest first. */
export async function openLayered(path: string, older: readonly string[], signal?: AbortSignal): Promise<LedgerFiles> {
  let files = await openBundle(path, signal ? { signal } : {});
  for (const one of older) files = new LayeredFiles(files, await openBundle(one, signal ? { signal } : {}));
  return files;
}

/** Aborted by Ctrl-C or SIGTERM. */
export function stopSignal(): AbortSignal {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  process.once('SIGINT', abort);
  process.once('SIGTERM', abort);
  return controller.signal;
}
