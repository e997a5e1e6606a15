import { hkdfSync } from 'node:crypto';
import { canonicalJson, decrypt, encrypt, keyLength, lengthPrefixed, randomBytes } from '@ardoise/format';
import type { OpenedKey, UnitReference } from '@ardoise/vault';
import { CommandMarks } from './command-marks';

/** A unit that the folded events have a section under, and whether it opened then. */
export interface FoldedUnit extends UnitReference {
  readonly state: 'open' | 'erased' | 'lost';
}

/** Where a snapshot belongs, in clear: what is sealed opens nowhere else. */
export interface SnapshotPlace {
  readonly organisation: string;
  readonly stream: string;
  /** Whose state it is, of which version, folded from which versions of events. */
  readonly form: string;
  /** How many events were folded. */
  readonly events: number;
  /** SHA-256 of the header of the last of them, hexadecimal. */
  readonly last: string;
  /** All that a section stands under; sorted by their ids. */
  readonly units: readonly FoldedUnit[];
}

/** What a snapshot says. */
export interface SnapshotContent {
  /** The state as its decider writes it. */
  readonly state: unknown;
  /** When the last event was recorded: RFC 3339 in UTC, whole seconds. */
  readonly recordedAt: string;
  readonly commands: CommandMarks;
}

const label = 'ardoise/snapshot/1';
const saltLength = 32;
const padding = 128;

/**
 * Seals a state under a key that is derived from the keys of **all** units that opened for it, and from a secret of the
 * organisation: HKDF-SHA256 (RFC 5869) with a random salt. When one of those keys is destroyed, nobody can derive it.
 * Salt, then nonce, ciphertext and tag as in a section.
 */
export function sealState(place: SnapshotPlace, content: SnapshotContent, secret: string, keys: Keys): Buffer {
  const salt = randomBytes(saltLength);
  const { state, recordedAt, commands } = content;
  const text = lengthPrefixed([JSON.stringify({ state, recordedAt }), commands.bytes()]);
  const plaintext = Buffer.alloc(Math.ceil(text.length / padding) * padding);
  text.copy(plaintext);
  return Buffer.concat([salt, encrypt(derive(place, secret, keys, salt), plaintext, associated(place))]);
}

/** @throws FormatError `section-not-authentic` when it was not sealed for this place under these keys */
export function openState(place: SnapshotPlace, sealed: Buffer, secret: string, keys: Keys): SnapshotContent {
  const salt = sealed.subarray(0, saltLength);
  const plaintext = decrypt(derive(place, secret, keys, salt), sealed.subarray(saltLength), associated(place));
  const length = plaintext.readUInt32BE(0);
  const { state, recordedAt } = JSON.parse(plaintext.toString('utf8', 4, 4 + length)) as SnapshotContent;
  const marks = plaintext.readUInt32BE(4 + length);
  return { state, recordedAt, commands: CommandMarks.read(plaintext.subarray(8 + length, 8 + length + marks)) };
}

/** What the vault says of the units of a snapshot. */
export type Keys = ReadonlyMap<string, OpenedKey>;

/** Whether each unit is as it was when the state was folded. */
export function areAsFolded(units: readonly FoldedUnit[], keys: Keys): boolean {
  return units.every(({ unit, state }) => foldedState(keys.get(unit)) === state);
}

/** How a section under the key folds; undefined where it does not fold, being an alarm. */
function foldedState(key: OpenedKey | undefined): FoldedUnit['state'] | undefined {
  if (key?.state === 'open' || key?.state === 'lost') return key.state;
  return key?.state === 'destroyed' ? 'erased' : undefined;
}

function derive({ units }: SnapshotPlace, secret: string, keys: Keys, salt: Buffer): Buffer {
  const opened = units.flatMap(({ unit }) => {
    const key = keys.get(unit);
    return key?.state === 'open' ? [key.key.key] : [];
  });
  const material = lengthPrefixed([secret, ...opened]);
  return Buffer.from(hkdfSync('sha256', material, salt, label, keyLength));
}

function associated(place: SnapshotPlace): Buffer {
  const { organisation, stream, form, events } = place;
  return lengthPrefixed([label, organisation, stream, form, String(events), clearText(place)]);
}

/** What is said in clear beside the columns: canonical JSON. */
export function clearText({ last, units }: SnapshotPlace): string {
  return canonicalJson({
    last,
    units: units.map(({ unit, fingerprint, day, state }) => ({ unit, fingerprint, day, state })),
  });
}
