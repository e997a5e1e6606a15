import { readdir, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceWhole } from '@ardoise/private-files';
import { FileSigningKey } from './file-signing-key';
import { SigningError, signingKeyId } from './signing';

/** The public part of a signing key that was in use before. */
export interface FormerKey {
  readonly id: string;
  /** SPKI in PEM. */
  readonly publicKey: string;
}

const formerFile = (name: string): RegExp => new RegExp(`^${name}-([0-9a-f]{16})\\.former\\.pem$`);

/**
 * Puts a new key in the place of the one in the folder, whose public part stays beside it and whose private part goes.
 * Where there is none, one is made. Nobody may be signing meanwhile.
 * @throws SigningError `signing-key-refused`
 */
export async function renewSigningKey(folder: string, name: string): Promise<{ former?: FormerKey; id: string }> {
  const former = await existing(folder, name);
  if (former) {
    await replaceWhole(join(folder, `${name}-${former.id}.former.pem`), former.publicKey);
    await unlink(join(folder, `${name}.ed25519.pem`));
  }
  const { id } = await FileSigningKey.open(folder, name);
  return { ...(former ? { former } : {}), id };
}

/** The public parts of the keys before, so that what they signed is verified for as long as anybody has it. */
export async function formerKeys(folder: string, name: string): Promise<FormerKey[]> {
  const files = (await readdir(folder)).filter((file) => formerFile(name).test(file)).sort();
  const keys = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
  return keys.map((publicKey) => ({ id: signingKeyId(publicKey), publicKey }));
}

async function existing(folder: string, name: string): Promise<FormerKey | undefined> {
  try {
    const { id, publicKey } = await FileSigningKey.open(folder, name, { create: false });
    return { id, publicKey };
  } catch (error) {
    if (error instanceof SigningError && error.code === 'signing-key-missing') return undefined;
    throw error;
  }
}
