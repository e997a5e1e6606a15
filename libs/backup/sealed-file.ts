import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto';
import { BackupError } from './errors';

/**
 * A sealed file: one line of JSON, the head; then the ciphertext and its 16-byte tag. The head names how the key is
 * made from the passphrase (scrypt, RFC 7914) and the nonce, and is authenticated with the content (AES-256-GCM).
 */
interface Head {
  readonly format: typeof sealedFormat;
  readonly kdf: {
    readonly name: 'scrypt';
    readonly N: number;
    readonly r: number;
    readonly p: number;
    readonly salt: string;
  };
  readonly cipher: 'aes-256-gcm';
  readonly nonce: string;
}

const sealedFormat = 'ardoise-keys-1';
const cost = { N: 2 ** 17, r: 8, p: 1 } as const;
const tagLength = 16;

/** Seals content under a passphrase. */
export async function sealFile(content: Buffer, passphrase: string): Promise<Buffer> {
  const salt = randomBytes(16);
  const nonce = randomBytes(12);
  const head: Head = {
    format: sealedFormat,
    kdf: { name: 'scrypt', ...cost, salt: salt.toString('base64') },
    cipher: 'aes-256-gcm',
    nonce: nonce.toString('base64'),
  };
  const line = Buffer.from(JSON.stringify(head) + '\n');
  const key = await keyOf(passphrase, salt);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagLength });
  cipher.setAAD(line);
  const sealed = Buffer.concat([line, cipher.update(content), cipher.final(), cipher.getAuthTag()]);
  key.fill(0);
  return sealed;
}

/** @throws BackupError `keys-not-opened` when the passphrase is another, or a byte was altered */
export async function openFile(sealed: Buffer, passphrase: string): Promise<Buffer> {
  const end = sealed.indexOf(0x0a) + 1;
  const head = headOf(sealed.subarray(0, end));
  const key = await keyOf(passphrase, Buffer.from(head.kdf.salt, 'base64'));
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(head.nonce, 'base64'), {
      authTagLength: tagLength,
    });
    decipher.setAAD(sealed.subarray(0, end));
    decipher.setAuthTag(sealed.subarray(-tagLength));
    return Buffer.concat([decipher.update(sealed.subarray(end, -tagLength)), decipher.final()]);
  } catch {
    throw new BackupError(
      'keys-not-opened',
      'the file does not open: the passphrase is another, or the file was altered',
    );
  } finally {
    key.fill(0);
  }
}

function headOf(line: Buffer): Head {
  let head: Head | undefined;
  try {
    head = JSON.parse(line.toString('utf8')) as Head;
  } catch {
    // said below
  }
  const { format, kdf, cipher } = head ?? {};
  // The cost is ours alone: a file must not choose how much memory it takes to be refused.
  const known = kdf?.name === 'scrypt' && kdf.N === cost.N && kdf.r === cost.r && kdf.p === cost.p;
  if (!head || format !== sealedFormat || !known || cipher !== 'aes-256-gcm') {
    throw new BackupError('keys-not-opened', `this is no file of keys as this Ardoise writes them (${sealedFormat})`);
  }
  return head;
}

function keyOf(passphrase: string, salt: Buffer): Promise<Buffer> {
  // Twice what it takes (128 · N · r bytes): node:crypto's own limit lies below.
  const maxmem = 256 * cost.N * cost.r;
  return new Promise((resolve, reject) => {
    scrypt(passphrase.normalize('NFC'), salt, 32, { ...cost, maxmem }, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}
