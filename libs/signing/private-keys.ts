import type { SigningKey } from './signing';

/** A private key, and which of the ledger's keys it was made to be, from 1. */
export interface NumberedKey {
  readonly number: number;
  readonly key: SigningKey;
}

/** Where the private parts of a ledger's keys are. */
export interface PrivateKeys {
  /**
   * Makes a key, durable when this is done. Several processes may make one of the same number: which of them comes into
   * use is decided by the records.
   */
  make(number: number): Promise<SigningKey>;
  /** Those that are there. */
  list(): Promise<readonly NumberedKey[]>;
  /** Destroys a key for good; nothing happens where there is none. */
  destroy(key: NumberedKey): Promise<void>;
}

/** Keys in one place, and those that were made in another before: used in both, made in the first. */
export class MovedPrivateKeys implements PrivateKeys {
  constructor(
    private readonly to: PrivateKeys,
    private readonly from: PrivateKeys,
  ) {}

  make(number: number): Promise<SigningKey> {
    return this.to.make(number);
  }

  async list(): Promise<readonly NumberedKey[]> {
    return [...(await this.from.list()), ...(await this.to.list())];
  }

  async destroy(key: NumberedKey): Promise<void> {
    await this.from.destroy(key);
    await this.to.destroy(key);
  }
}
