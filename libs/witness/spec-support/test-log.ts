import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import {
  checkpointText,
  consistencyProof,
  formatNote,
  leafHash,
  signNote,
  TileBuilder,
  verifierKey,
  type NoteSigner,
  type TileSource,
} from '@ardoise/ledger';

export function signerOf(name: string, type: 0x01 | 0x04, privateKey = newKey()): NoteSigner {
  const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'der' }).subarray(-32);
  return { key: verifierKey(name, type, publicKey), sign: async (message) => sign(null, message, privateKey) };
}

export const newKey = (): KeyObject => generateKeyPairSync('ed25519').privateKey;

/** Of a seed, so that two processes have the same. */
export const keyOf = (seed: Buffer): KeyObject =>
  createPrivateKey({
    key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]),
    format: 'der',
    type: 'pkcs8',
  });

/** A log that grows, signs, and can be made to tell two stories. */
export class TestLog implements TileSource {
  readonly signer: NoteSigner;
  private readonly builder = new TileBuilder();
  private readonly tiles = new Map<string, Buffer>();

  constructor(
    readonly origin: string,
    readonly privateKey: KeyObject = newKey(),
    private readonly story = 'leaf',
  ) {
    this.signer = signerOf(origin, 0x01, privateKey);
  }

  get size(): number {
    return this.builder.size;
  }

  grow(count: number, story = this.story): this {
    for (let at = 0; at < count; at++) this.builder.append(leafHash(Buffer.from(`${story} ${this.builder.size}`)));
    for (const { level, index, hashes } of this.builder.takeChanged()) this.tiles.set(`${level}/${index}`, hashes);
    return this;
  }

  root(): Buffer {
    return this.builder.root();
  }

  async tile(level: number, index: number, width: number): Promise<Buffer> {
    return (this.tiles.get(`${level}/${index}`) ?? Buffer.alloc(0)).subarray(0, width * 32);
  }

  async checkpoint(signers: readonly NoteSigner[] = [this.signer]): Promise<Buffer> {
    const { origin, size } = this;
    return formatNote(await signNote(checkpointText({ origin, size, root: this.root() }), signers));
  }

  proof(from: number, to = this.size): Promise<Buffer[]> {
    return consistencyProof(this, from, to);
  }
}
