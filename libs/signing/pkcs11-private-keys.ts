import { randomBytes } from 'node:crypto';
import { codeOf, Pkcs11Token, type Pkcs11TokenOptions, refusal, type Session } from '@ardoise/pkcs11';
import type { NumberedKey, PrivateKeys } from './private-keys';
import { pemOfRaw } from './raw-keys';
import { SigningError, signingKeyId, type SigningKey } from './signing';

export interface Pkcs11PrivateKeysOptions extends Pkcs11TokenOptions {
  /** The keys' label is this, `-ledger-`, and their number. */
  readonly key: string;
}

// PKCS#11 3.0, which tokens of 2.40 have taken these from; the package has no names for them.
const keyTypeEdwards = 0x40;
const generateEdwards = 0x1055;
const signEddsa = 0x1057;
/** id-Ed25519, 1.3.101.112 (RFC 8410), in DER. */
const ed25519 = Buffer.from('06032b6570', 'hex');
/** CKA_ID: random, the same of both parts of a key. */
const idLength = 12;
const mostKeys = 10_000;
const signatureLength = 64;

/**
 * Ed25519 keys that were made in a token and cannot leave it (CKM_EDDSA; CKA_SENSITIVE, not CKA_EXTRACTABLE). The token
 * must know id-Ed25519 as parameters of CKM_EC_EDWARDS_KEY_PAIR_GEN.
 */
export class Pkcs11PrivateKeys implements PrivateKeys {
  private readonly token: Pkcs11Token;

  constructor(private readonly options: Pkcs11PrivateKeysOptions) {
    this.token = new Pkcs11Token(options, failed);
  }

  /** @throws SigningError `signing-key-failed` when the token is not there or refuses */
  async make(number: number): Promise<SigningKey> {
    const id = randomBytes(idLength);
    return this.using('to make a key', (session) => this.keyOf(session, generate(session, this.label(number), id), id));
  }

  /** @throws SigningError `signing-key-failed` */
  async list(): Promise<readonly NumberedKey[]> {
    return this.using('to list its keys', (session) => {
      const { library } = session;
      return find(session, library.CKO_PUBLIC_KEY).flatMap((handle) => {
        const [label, id] = attributes(session, handle, [library.CKA_LABEL, library.CKA_ID]);
        const number = this.numberOf(label?.toString('utf8') ?? '');
        if (number === undefined || id?.length !== idLength) return [];
        if (find(session, library.CKO_PRIVATE_KEY, id).length !== 1) return [];
        return [{ number, key: this.keyOf(session, handle, id) }];
      });
    });
  }

  /** @throws SigningError `signing-key-failed` */
  async destroy({ key }: NumberedKey): Promise<void> {
    // A key of another place is destroyed there.
    if (!(key instanceof Pkcs11SigningKey)) return;
    this.using('to destroy a key', (session) => {
      const { library, module, handle } = session;
      for (const part of [library.CKO_PRIVATE_KEY, library.CKO_PUBLIC_KEY]) {
        for (const found of find(session, part, key.tokenId)) {
          try {
            module.C_DestroyObject(handle, found);
          } catch (error) {
            // Another process was first.
            if (codeOf(error) !== library.CKR_OBJECT_HANDLE_INVALID) throw error;
          }
        }
      }
    });
  }

  /** Ends the session; the next use opens another. */
  close(): void {
    this.token.close();
  }

  private keyOf(session: Session, handle: Buffer, id: Buffer): Pkcs11SigningKey {
    const [point] = attributes(session, handle, [session.library.CKA_EC_POINT]);
    const sign = (bytes: Buffer): Buffer => this.using('to sign', (open) => signIn(open, id, bytes));
    return new Pkcs11SigningKey(pemOfRaw(rawPoint(point)), id, sign);
  }

  private label(number: number): string {
    return `${this.options.key}-ledger-${number}`;
  }

  private numberOf(label: string): number | undefined {
    const number = Number(/-ledger-([1-9]\d{0,5})$/.exec(label)?.[1]);
    return label === this.label(number) ? number : undefined;
  }

  private using<Result>(what: string, action: (session: Session) => Result): Result {
    try {
      return this.token.run(action);
    } catch (error) {
      if (error instanceof SigningError) throw error;
      throw failed(refusal(error, what));
    }
  }
}

/** An Ed25519 key whose private part is in a token for good. */
export class Pkcs11SigningKey implements SigningKey {
  readonly id: string;

  constructor(
    readonly publicKey: string,
    /** What both its parts go by in the token. */
    readonly tokenId: Buffer,
    private readonly signing: (bytes: Buffer) => Buffer,
  ) {
    this.id = signingKeyId(publicKey);
  }

  /** @throws SigningError `signing-key-failed` */
  async sign(bytes: Buffer): Promise<Buffer> {
    return this.signing(bytes);
  }
}

/** @returns the handle of the public part */
function generate({ library, module, handle }: Session, label: string, id: Buffer): Buffer {
  const both = [
    { type: library.CKA_TOKEN, value: true },
    { type: library.CKA_KEY_TYPE, value: keyTypeEdwards },
    { type: library.CKA_MODIFIABLE, value: false },
    { type: library.CKA_LABEL, value: label },
    { type: library.CKA_ID, value: id },
  ];
  const { publicKey } = module.C_GenerateKeyPair(
    handle,
    { mechanism: generateEdwards },
    [...both, { type: library.CKA_VERIFY, value: true }, { type: library.CKA_EC_PARAMS, value: ed25519 }],
    [
      ...both,
      { type: library.CKA_PRIVATE, value: true },
      { type: library.CKA_SENSITIVE, value: true },
      { type: library.CKA_EXTRACTABLE, value: false },
      { type: library.CKA_SIGN, value: true },
    ],
  );
  return publicKey;
}

/** Edwards keys of one class; only the one with that id where one is named. */
function find({ library, module, handle }: Session, part: number, id?: Buffer): Buffer[] {
  module.C_FindObjectsInit(handle, [
    { type: library.CKA_CLASS, value: part },
    { type: library.CKA_KEY_TYPE, value: keyTypeEdwards },
    ...(id === undefined ? [] : [{ type: library.CKA_ID, value: id }]),
  ]);
  try {
    return module.C_FindObjects(handle, mostKeys);
  } finally {
    module.C_FindObjectsFinal(handle);
  }
}

function attributes({ module, handle }: Session, object: Buffer, types: number[]): (Buffer | undefined)[] {
  const asked = types.map((type) => ({ type }));
  return module.C_GetAttributeValue(handle, object, asked).map(({ value }) => value as Buffer | undefined);
}

function signIn(session: Session, id: Buffer, bytes: Buffer): Buffer {
  const { library, module, handle } = session;
  const [key] = find(session, library.CKO_PRIVATE_KEY, id);
  if (key === undefined) throw failed('a signing key of the ledger is no longer in the PKCS#11 token');
  module.C_SignInit(handle, { mechanism: signEddsa }, key);
  const signature = module.C_Sign(handle, bytes, Buffer.alloc(signatureLength));
  if (signature.length === signatureLength) return signature;
  throw failed('the PKCS#11 token gave a signature that is none of Ed25519');
}

/** Of 3.0 an OCTET STRING in DER; some tokens leave its two leading bytes out. */
function rawPoint(point: Buffer | undefined): Buffer {
  if (point?.length === 32) return point;
  if (point?.length === 34 && point.readUInt16BE(0) === 0x0420) return point.subarray(2);
  throw failed('the PKCS#11 token gave a public key that is none of Ed25519');
}

function failed(why: string): SigningError {
  return new SigningError('signing-key-failed', why);
}
