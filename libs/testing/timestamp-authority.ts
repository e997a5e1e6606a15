import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Whether OpenSSL's command is there: a real authority of RFC 3161 is made with it. */
export const hasOpenssl = [
  '/usr/bin',
  '/usr/local/bin',
  '/opt/homebrew/bin',
  ...(process.env.PATH ?? '').split(':'),
].some((folder) => existsSync(join(folder, 'openssl')));

export type KeyKind = 'rsa' | 'ec';

interface Issued {
  readonly issuer?: string;
  readonly extensions: string;
  readonly kind?: KeyKind;
  /** As openssl takes them: YYYYMMDDHHMMSSZ. */
  readonly from?: string;
  readonly until?: string;
}

const authority = 'basicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign,cRLSign';
export const stampingOnly = 'basicConstraints=CA:false\nextendedKeyUsage=critical,timeStamping';

/**
 * An authority that stamps, by OpenSSL: a root, an authority below it, and a certificate for stamping, in a temporary
 * folder; answers over HTTP with `openssl ts -reply`.
 */
export class TimestampAuthority {
  /** What to answer with before any work, in turn. */
  readonly troubles: (number | 'hang' | 'redirect' | Buffer)[] = [];
  /** How many requests came. */
  asked = 0;
  private constructor(
    private readonly folder: string,
    private readonly server: Server,
  ) {}

  static async start(kind: KeyKind = 'ec'): Promise<TimestampAuthority> {
    const folder = mkdtempSync(join(tmpdir(), 'ardoise-timestamps-'));
    const server = createServer((request, response) => void made.serve(request, response));
    const made = new TimestampAuthority(folder, server);
    made.issue('root', { extensions: authority, kind });
    made.issue('below', { extensions: authority, issuer: 'root', kind });
    made.issue('stamping', { extensions: stampingOnly, issuer: 'below', kind });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return made;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/tsr`;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** A certificate in DER. */
  certificate(name: string): Buffer {
    return new X509Certificate(readFileSync(this.path(`${name}.pem`))).raw;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Makes a key and its certificate, signed by itself where no issuer is named. */
  issue(name: string, { issuer, extensions, kind = 'ec', from, until }: Issued): void {
    const algorithm =
      kind === 'ec' ? ['EC', '-pkeyopt', 'ec_paramgen_curve:P-256'] : ['RSA', '-pkeyopt', 'rsa_keygen_bits:2048'];
    this.openssl('genpkey', '-algorithm', ...algorithm, '-out', `${name}.key`);
    this.openssl('req', '-new', '-key', `${name}.key`, '-subj', `/CN=${name}`, '-out', `${name}.csr`);
    writeFileSync(this.path(`${name}.ext`), `[ext]\nsubjectKeyIdentifier=hash\n${extensions}\n`);
    writeFileSync(this.path(`${name}.index`), '');
    writeFileSync(this.path(`${name}.cnf`), this.issuing(name));
    const signing =
      issuer === undefined
        ? ['-selfsign', '-keyfile', `${name}.key`]
        : ['-cert', `${issuer}.pem`, '-keyfile', `${issuer}.key`];
    const period = ['-startdate', from ?? '20200101000000Z', '-enddate', until ?? '20991231000000Z'];
    this.openssl(
      'ca',
      '-config',
      `${name}.cnf`,
      '-batch',
      '-notext',
      '-in',
      `${name}.csr`,
      ...signing,
      ...period,
      '-extfile',
      `${name}.ext`,
      '-extensions',
      'ext',
      '-out',
      `${name}.pem`,
    );
  }

  /** What an authority with this certificate answers; `chain` goes into the token beside it. */
  reply(query: Buffer, { signer = 'stamping', chain = ['below'], digests = 'sha256' } = {}): Buffer {
    writeFileSync(this.path('query.tsq'), query);
    writeFileSync(this.path('chain.pem'), chain.map((name) => readFileSync(this.path(`${name}.pem`), 'utf8')).join(''));
    writeFileSync(this.path('ts.cnf'), stamping(digests));
    this.openssl(
      'ts',
      '-reply',
      '-config',
      'ts.cnf',
      '-queryfile',
      'query.tsq',
      '-signer',
      `${signer}.pem`,
      '-inkey',
      `${signer}.key`,
      '-chain',
      'chain.pem',
      '-out',
      'reply.tsr',
    );
    return readFileSync(this.path('reply.tsr'));
  }

  /** @returns what it prints; throws when it fails */
  openssl(...parameters: string[]): string {
    return execFileSync('openssl', parameters, {
      cwd: this.folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    this.asked += 1;
    const trouble = this.troubles.shift();
    if (trouble === 'hang') return;
    const headers = { 'content-type': 'application/timestamp-reply' };
    if (trouble === 'redirect') response.writeHead(307, { location: this.url }).end();
    else if (typeof trouble === 'number') response.writeHead(trouble).end('<html></html>');
    else response.writeHead(200, headers).end(trouble ?? this.reply(Buffer.concat(pieces)));
  }

  private issuing(name: string): string {
    return [
      '[ca]',
      'default_ca=it',
      '[it]',
      `database=${name}.index`,
      'new_certs_dir=.',
      'rand_serial=yes',
      'default_md=sha256',
      'policy=any',
      'unique_subject=no',
      '[any]',
      'commonName=supplied',
      '',
    ].join('\n');
  }
}

function stamping(digests: string): string {
  return [
    '[tsa]',
    'default_tsa=it',
    '[it]',
    'serial=serial',
    'crypto_device=builtin',
    'signer_digest=sha256',
    'default_policy=1.2.3.4.1',
    `digests=${digests}`,
    'accuracy=secs:1',
    'clock_precision_digits=3',
    'ordering=yes',
    'tsa_name=no',
    'ess_cert_id_chain=no',
    'ess_cert_id_alg=sha256',
    '',
  ].join('\n');
}
