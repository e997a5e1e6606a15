import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

interface Key {
  readonly created: number[];
  readonly secrets: (Buffer | undefined)[];
  minDecryption: number;
  minEncryption: number;
  minAvailable: number;
  readonly exportable: boolean;
}

type Body = Readonly<Record<string, unknown>>;
type Reply = [status: number, body?: unknown];

const refused = (...errors: string[]): Reply => [400, { errors }];
const ok = (data: unknown): Reply => [200, { request_id: 'double', lease_id: '', renewable: false, data }];

/**
 * A double of the transit engine, not OpenBao itself: it speaks the part of the HTTP API that is used, shaped after
 * OpenBao's documentation, over a real socket, with real AES-256-GCM and real versions. Nothing here shows how a real
 * server behaves under load, when sealed, or in a cluster.
 */
export class TransitDouble {
  readonly token = 'hvs.double-5d41402abc4b';
  /** Requests as they came: method and path, with the namespace. */
  readonly requests: string[] = [];
  /** Statuses to answer with before any work, in turn. */
  readonly troubles: (number | 'hang')[] = [];
  private readonly keys = new Map<string, Key>();
  private readonly server: Server;
  private clock = 1_700_000_000;

  private constructor() {
    this.server = createServer((request, response) => void this.serve(request, response));
  }

  static async start(): Promise<TransitDouble> {
    const double = new TransitDouble();
    await new Promise<void>((resolve) => double.server.listen(0, '127.0.0.1', resolve));
    return double;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** As an administrator would, beside us. */
  put(name: string, exportable = false): void {
    const key: Key = { created: [], secrets: [], minDecryption: 1, minEncryption: 0, minAvailable: 0, exportable };
    this.keys.set(name, key);
    this.addVersion(key);
  }

  /** The bytes of a version, hexadecimal; `undefined` once it was trimmed. */
  secret(name: string, version: number): string | undefined {
    return this.keys.get(name)?.secrets[version]?.toString('hex');
  }

  private addVersion(key: Key): void {
    const version = Math.max(1, key.secrets.length);
    key.secrets[version] = randomBytes(32);
    key.created[version] = this.clock++;
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    this.requests.push(`${request.method} ${request.url} ${String(request.headers['x-vault-namespace'] ?? '')}`.trim());
    const trouble = this.troubles.shift();
    if (trouble === 'hang') return;
    const text = Buffer.concat(chunks).toString('utf8');
    const [status, body] =
      trouble === undefined
        ? this.answer(request, text === '' ? {} : (JSON.parse(text) as Body))
        : [trouble, { errors: [`internal error, token ${this.token}`] }];
    response.writeHead(status, { 'Content-Type': 'application/json' });
    response.end(body === undefined ? '' : JSON.stringify(body));
  }

  private answer(request: IncomingMessage, body: Body): Reply {
    if (request.headers['x-vault-token'] !== this.token) return [403, { errors: ['permission denied'] }];
    const [, verb, name = '', action] =
      /^\/v1\/transit\/(keys|encrypt|decrypt)\/([^/]+)(?:\/(\w+))?$/.exec(request.url ?? '') ?? [];
    const key = this.keys.get(name);
    if (verb === 'keys' && action === undefined && request.method === 'POST') {
      if (key === undefined) this.put(name, body.exportable === true);
      return this.read(name, this.keys.get(name) as Key);
    }
    if (verb === 'keys' && action === undefined)
      return key === undefined ? [404, { errors: [] }] : this.read(name, key);
    if (key === undefined) return refused('encryption key not found');
    if (verb === 'encrypt') return encrypt(key, body);
    if (verb === 'decrypt') return decrypt(key, body);
    if (action === 'rotate') {
      this.addVersion(key);
      return this.read(name, key);
    }
    if (action === 'config') return configure(key, body) ?? this.read(name, key);
    if (action === 'trim') return trim(key, Number(body.min_available_version)) ?? this.read(name, key);
    return [404, { errors: [] }];
  }

  private read(name: string, key: Key): Reply {
    const latest = key.secrets.length - 1;
    const versions = Array.from({ length: latest }, (_, i) => i + 1).filter((one) => one >= key.minDecryption);
    return ok({
      name,
      type: 'aes256-gcm96',
      derived: false,
      deletion_allowed: false,
      exportable: key.exportable,
      allow_plaintext_backup: false,
      keys: Object.fromEntries(versions.map((one) => [String(one), key.created[one]])),
      latest_version: latest,
      min_available_version: key.minAvailable,
      min_decryption_version: key.minDecryption,
      min_encryption_version: key.minEncryption,
      supports_encryption: true,
      supports_decryption: true,
      supports_derivation: true,
      supports_signing: false,
      imported_key: false,
    });
  }
}

function encrypt(key: Key, body: Body): Reply {
  const version = Number(body.key_version ?? 0) || key.secrets.length - 1;
  const secret = key.secrets[version];
  if (secret === undefined || version > key.secrets.length - 1)
    return refused('requested version is greater than the latest');
  if (version < key.minEncryption) return refused('requested version for encryption is less than the minimum');
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', secret, nonce, { authTagLength: 16 });
  cipher.setAAD(decoded(body.associated_data));
  const bytes = Buffer.concat([nonce, cipher.update(decoded(body.plaintext)), cipher.final(), cipher.getAuthTag()]);
  return ok({ ciphertext: `vault:v${version}:${bytes.toString('base64')}`, key_version: version });
}

function decrypt(key: Key, body: Body): Reply {
  const [, version, text] = /^vault:v(\d+):(.+)$/.exec(String(body.ciphertext)) ?? [];
  if (text === undefined) return refused('invalid ciphertext: no prefix');
  if (Number(version) < key.minDecryption) {
    return refused('ciphertext or signature version is disallowed by policy (too old)');
  }
  const secret = key.secrets[Number(version)];
  if (secret === undefined) return refused('invalid ciphertext: version is too new');
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length < 28) return refused('invalid ciphertext: could not decode nonce');
  const decipher = createDecipheriv('aes-256-gcm', secret, bytes.subarray(0, 12), { authTagLength: 16 });
  decipher.setAAD(decoded(body.associated_data));
  decipher.setAuthTag(bytes.subarray(-16));
  try {
    const clear = Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]);
    return ok({ plaintext: clear.toString('base64') });
  } catch {
    return refused('cipher: message authentication failed');
  }
}

function configure(key: Key, body: Body): Reply | undefined {
  const minDecryption = Number(body.min_decryption_version ?? key.minDecryption);
  const minEncryption = Number(body.min_encryption_version ?? key.minEncryption);
  const latest = key.secrets.length - 1;
  if (minDecryption > latest || minEncryption > latest) return refused('cannot set a minimum greater than the latest');
  if (minEncryption > 0 && minEncryption < minDecryption) return refused('cannot encrypt with what does not decrypt');
  if (minDecryption < key.minAvailable) return refused('minimum decryption version is trimmed');
  key.minDecryption = minDecryption;
  key.minEncryption = minEncryption;
  return undefined;
}

function trim(key: Key, version: number): Reply | undefined {
  if (version < key.minAvailable) return refused('minimum available version cannot be decremented');
  if (key.minEncryption === 0) return refused('minimum encryption version is not set');
  if (version > key.minEncryption || version > key.minDecryption)
    return refused('minimum available version is too high');
  key.minAvailable = version;
  for (let old = 1; old < version; old++) key.secrets[old] = undefined;
  return undefined;
}

function decoded(value: unknown): Buffer {
  return Buffer.from(typeof value === 'string' ? value : '', 'base64');
}
