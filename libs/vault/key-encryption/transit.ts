import { createHash } from 'node:crypto';
import type { VaultError } from '../vault';
import {
  altered,
  failed,
  inUse,
  type KeyEncryption,
  type KeyEncryptionOpening,
  noLonger,
  type WrappedKey,
} from './key-encryption';
import { type Answer, TransitClient, type TransitClientOptions } from './transit-client';

export interface TransitOptions extends TransitClientOptions {
  /** Name of the key in the engine. */
  readonly key: string;
  /** Where the engine is mounted; default `transit`. */
  readonly mount?: string;
}

interface KeyState {
  /** Versions that can be decrypted with, oldest first. */
  readonly versions: readonly { readonly version: number; readonly id: string }[];
  /** The version that wraps now. */
  readonly current: number;
  readonly isPinned: boolean;
  readonly latest: number;
  readonly minDecryption: number;
  readonly minAvailable: number;
}

/**
 * A named key of the transit engine of OpenBao or Vault; its versions are the epochs. The version in use is the one
 * that `min_encryption_version` says, and only where that is not set the latest: so two that rotate at once, or
 * somebody who rotates by hand, may leave a version that nobody uses, and never two that are in use.
 *
 * https://openbao.org/api-docs/secret/transit/
 */
export class TransitKeyEncryption implements KeyEncryption {
  private readonly client: TransitClient;
  private readonly path: string;

  private constructor(private readonly options: TransitOptions) {
    this.client = new TransitClient(options);
    this.path = `${options.mount ?? 'transit'}/keys/${encodeURIComponent(options.key)}`;
  }

  /** @throws VaultError `key-encryption-failed`, also when there is no key and none may be made. */
  static async open(
    options: TransitOptions,
    { create = true }: KeyEncryptionOpening = {},
  ): Promise<TransitKeyEncryption> {
    const provider = new TransitKeyEncryption(options);
    const found = await provider.client.ask('GET', provider.path);
    if (found.status === 404) {
      if (!create) {
        throw failed(
          `there is no key ${options.key} in the transit service, and the vault holds keys that were wrapped under one`,
        );
      }
      // Making one that is there changes nothing.
      const body = { type: 'aes256-gcm96', derived: false, exportable: false, allow_plaintext_backup: false };
      expect2xx(await provider.client.ask('POST', provider.path, body), `make the key ${options.key}`);
    }
    const state = await provider.state();
    // From here on what is in use is what was said, and not whatever somebody made last.
    if (!state.isPinned) await provider.configure({ min_encryption_version: state.current });
    return provider;
  }

  async current(): Promise<string> {
    return currentOf(await this.state());
  }

  async wrap(key: Buffer, context: Buffer): Promise<WrappedKey> {
    const state = await this.state();
    const answer = await this.client.ask('POST', this.verb('encrypt'), {
      plaintext: key.toString('base64'),
      associated_data: context.toString('base64'),
      key_version: state.current,
    });
    expect2xx(answer, 'wrap a key');
    const [, version, bytes] = /^vault:v([1-9]\d*):([A-Za-z0-9+/]+=*)$/.exec(String(answer.data.ciphertext)) ?? [];
    if (bytes === undefined || Number(version) !== state.current) throw failed('the transit service wrapped otherwise');
    return { kek: currentOf(state), wrapped: Buffer.from(bytes, 'base64') };
  }

  async unwrap(kek: string, wrapped: Buffer, context: Buffer): Promise<Buffer> {
    const version = versionOf(await this.state(), kek);
    if (version === undefined) throw noLonger(kek);
    if (wrapped.length === 0) throw altered(kek);
    const answer = await this.client.ask('POST', this.verb('decrypt'), {
      ciphertext: `vault:v${version}:${wrapped.toString('base64')}`,
      associated_data: context.toString('base64'),
    });
    if (answer.status === 400) throw whyNot(answer, kek);
    expect2xx(answer, 'unwrap a key');
    return Buffer.from(String(answer.data.plaintext), 'base64');
  }

  async rotate(after: string): Promise<string> {
    const state = await this.state();
    if (currentOf(state) !== after) {
      const version = versionOf(state, after) ?? claimedVersion(after);
      if (version === undefined || version >= state.current) throw noLonger(after);
      return currentOf(state);
    }
    const next = state.current + 1;
    if (state.latest < next) expect2xx(await this.client.ask('POST', `${this.path}/rotate`, {}), 'rotate the key');
    await this.configure({ min_encryption_version: next });
    return currentOf(await this.state());
  }

  async destroy(kek: string): Promise<void> {
    const state = await this.state();
    const version = versionOf(state, kek);
    if (version === undefined) return this.destroyArchived(state, kek);
    if (version === state.current) throw inUse(kek);
    const [oldest] = state.versions;
    // Versions end from below: what is older would end with it.
    if (oldest !== undefined && oldest.version < version) {
      throw failed(`the key-encryption key ${kek} can be destroyed only after the older ${oldest.id}`);
    }
    await this.endBelow(version + 1, state);
  }

  async keys(): Promise<string[]> {
    return (await this.state()).versions.map(({ id }) => id);
  }

  /** A destruction that was cut short between its two requests: the version opens nothing any more, and is still kept. */
  private async destroyArchived(state: KeyState, kek: string): Promise<void> {
    const version = claimedVersion(kek);
    if (version === undefined || version < state.minAvailable || version >= state.minDecryption) return;
    await this.endBelow(state.minDecryption, state);
  }

  /** Only trimming deletes; to trim, both minima must be set and stand no lower. */
  private async endBelow(version: number, state: KeyState): Promise<void> {
    await this.configure({ min_encryption_version: state.current, min_decryption_version: version });
    const answer = await this.client.ask('POST', `${this.path}/trim`, { min_available_version: version });
    const after = await this.state();
    if (after.minAvailable < version) {
      expect2xx(answer, 'destroy old versions of the key');
      throw failed('the transit service says that it destroyed old versions of the key, and still has them');
    }
  }

  /** A minimum that another process has raised further stays. */
  private async configure(minima: Readonly<Record<string, number>>): Promise<void> {
    expect2xx(await this.client.ask('POST', `${this.path}/config`, minima), 'configure the key');
  }

  private verb(verb: string): string {
    return `${this.options.mount ?? 'transit'}/${verb}/${encodeURIComponent(this.options.key)}`;
  }

  private async state(): Promise<KeyState> {
    const { key } = this.options;
    const answer = await this.client.ask('GET', this.path);
    if (answer.status === 404) throw failed(`there is no key ${key} in the transit service`);
    expect2xx(answer, `read the key ${key}`);
    const { data } = answer;
    check(data, key);
    const versions = Object.entries(data.keys as Record<string, unknown>)
      .map(([version, made]) => ({ version: Number(version), id: idOf(key, Number(version), made) }))
      .sort((a, b) => a.version - b.version);
    const latest = Number(data.latest_version ?? versions.at(-1)?.version);
    const pinned = Number(data.min_encryption_version) || 0;
    return {
      versions,
      latest,
      current: pinned || latest,
      isPinned: pinned > 0,
      minDecryption: Number(data.min_decryption_version) || 1,
      minAvailable: Number(data.min_available_version) || 1,
    };
  }
}

function check(data: Readonly<Record<string, unknown>>, key: string): void {
  if (data.type !== 'aes256-gcm96' || data.derived === true) {
    throw failed(`the key ${key} of the transit service is of another kind; it must be aes256-gcm96, not derived`);
  }
  if (data.exportable === true || data.allow_plaintext_backup === true) {
    throw failed(`the key ${key} of the transit service can be exported or backed up in clear; it must never leave it`);
  }
}

/** Bound to the instant the version was made: a key deleted and made again under its name has other ids. */
function idOf(key: string, version: number, made: unknown): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([key, version, made]))
    .digest('hex');
  return `transit-${version}-${digest.slice(0, 16)}`;
}

function currentOf({ versions, current }: KeyState): string {
  const found = versions.find(({ version }) => version === current);
  if (found === undefined) throw failed('the transit service does not have the version of the key that is in use');
  return found.id;
}

function versionOf({ versions }: KeyState, kek: string): number | undefined {
  return versions.find(({ id }) => id === kek)?.version;
}

function claimedVersion(kek: string): number | undefined {
  const version = /^transit-([1-9]\d{0,8})-[0-9a-f]{16}$/.exec(kek)?.[1];
  return version === undefined ? undefined : Number(version);
}

/** Why a ciphertext was refused. Unknown words are no proof that it was altered. */
function whyNot({ errors }: Answer, kek: string): VaultError {
  const words = errors.join(' ').toLowerCase();
  if (/too old|too new|not found|disallowed|no longer/.test(words)) return noLonger(kek);
  if (/authentication failed|invalid ciphertext|unable to decrypt|could not decode|too short/.test(words)) {
    return altered(kek);
  }
  return failed(`the transit service refused to unwrap a key of ${kek}`);
}

function expect2xx({ status }: Answer, what: string): void {
  if (status < 200 || status > 299) throw failed(`the transit service refused to ${what} (${status})`);
}
