import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A real authority of RFC 3161, made with openssl. */
export interface TimestampAuthority {
  readonly folder: string;
  /** Path of its certificate, PEM. */
  readonly certificate: string;
}

const settings = `
[ req ]
distinguished_name = name
prompt = no
x509_extensions = extensions
[ name ]
CN = Timestamps of a test
[ extensions ]
basicConstraints = critical,CA:TRUE
extendedKeyUsage = critical,timeStamping
[ tsa ]
default_tsa = authority
[ authority ]
serial = ./serial
signer_cert = ./authority.pem
signer_key = ./authority.key
default_policy = 1.2.3.4.1
digests = sha256
signer_digest = sha256
accuracy = secs:1
`;

export async function timestampAuthority(folder: string): Promise<TimestampAuthority> {
  await mkdir(folder);
  await writeFile(join(folder, 'openssl.cnf'), settings);
  await writeFile(join(folder, 'serial'), '01\n');
  const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '3650'];
  openssl(folder, [...made, '-config', 'openssl.cnf', '-keyout', 'authority.key', '-out', 'authority.pem']);
  return { folder, certificate: join(folder, 'authority.pem') };
}

/** A TimeStampResp over the text, DER. */
export async function stampedBy({ folder }: TimestampAuthority, text: Buffer): Promise<Buffer> {
  await writeFile(join(folder, 'text'), text);
  openssl(folder, ['ts', '-query', '-data', 'text', '-sha256', '-cert', '-out', 'query.tsq']);
  openssl(folder, ['ts', '-reply', '-config', 'openssl.cnf', '-queryfile', 'query.tsq', '-out', 'reply.tsr']);
  return readFile(join(folder, 'reply.tsr'));
}

function openssl(folder: string, words: readonly string[]): void {
  execFileSync('openssl', words, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
}
