import { BundleError } from './errors';
import { fieldsOf, type Shape } from './fields';

/** A tree of an organisation, as far as its newest checkpoint goes. */
export interface BundledTree {
  readonly incarnation: number;
  readonly origin: string;
  readonly size: number;
  readonly root: Buffer;
}

/** `ledger.json`: what there is. */
export interface LedgerIndex {
  readonly organisation: string;
  /** RFC 3339. */
  readonly madeAt: string;
  /** The first incarnation first. */
  readonly trees: readonly BundledTree[];
  /** Of an increment: entries and leaves before this size, and of incarnations before, are not there. */
  readonly since?: { readonly incarnation: number; readonly size: number };
  /** The ticket or minute that says what a bundle was made for. */
  readonly reference?: string;
}

/** A key that signs or signed checkpoints. */
export interface BundledLedgerKey {
  /** As receipts and key files name keys. */
  readonly id: string;
  /** 32 bytes. */
  readonly publicKey: Buffer;
  readonly since: string;
  readonly until?: string;
  /** Signed note of the key before that this one follows it. */
  readonly statement?: string;
}

/** `keys.json`: what signatures are checked with. A key that comes with what it signed proves nothing by itself. */
export interface BundledKeys {
  /** Oldest first. */
  readonly ledger: readonly BundledLedgerKey[];
  /** SPKI in PEM. */
  readonly receipts: readonly { readonly id: string; readonly publicKey: string }[];
}

/** A line of `checkpoints.ndjson`. */
export interface BundledCheckpoint {
  readonly size: number;
  /** Signed note, with the cosignatures there were. */
  readonly note: Buffer;
  /** TimeStampResp (RFC 3161) in DER over the note's text. */
  readonly timestamp?: Buffer;
}

/** A line of `units.ndjson`: a unit, or a group of keys, that the vault says has ended. */
export interface BundledEnding {
  readonly kind: 'unit' | 'group';
  readonly id: string;
  readonly fingerprint: string;
  readonly state: 'destroyed' | 'lost';
  /** The event that ended it; absent of a key that is lost, and of one that nothing was ever sealed under. */
  readonly receipt?: string;
}

export function formatLedgerIndex({ organisation, madeAt, trees, since, reference }: LedgerIndex): Buffer {
  return line({
    format: 1,
    organisation,
    madeAt,
    trees: trees.map(({ incarnation, origin, size, root }) => ({
      incarnation,
      origin,
      size,
      root: root.toString('base64'),
    })),
    ...(since === undefined ? {} : { since: { incarnation: since.incarnation, size: since.size } }),
    ...(reference === undefined ? {} : { reference }),
  });
}

/** @throws BundleError `bundle-content-malformed` */
export function parseLedgerIndex(bytes: Buffer): LedgerIndex {
  return exactly(bytes, 'ledger.json', formatLedgerIndex, (value) => {
    const fields = fieldsOf(value, indexShape);
    return {
      organisation: fields.organisation as string,
      madeAt: fields.madeAt as string,
      trees: (fields.trees as unknown[]).map(treeOf),
      ...(fields.since === undefined ? {} : { since: sinceOf(fields.since) }),
      ...(fields.reference === undefined ? {} : { reference: fields.reference as string }),
    };
  });
}

export function formatKeys({ ledger, receipts }: BundledKeys): Buffer {
  return line({
    ledger: ledger.map(({ id, publicKey, since, until, statement }) => ({
      id,
      publicKey: publicKey.toString('base64'),
      since,
      ...(until === undefined ? {} : { until }),
      ...(statement === undefined ? {} : { statement }),
    })),
    receipts: receipts.map(({ id, publicKey }) => ({ id, publicKey })),
  });
}

/** @throws BundleError `bundle-content-malformed` */
export function parseKeys(bytes: Buffer): BundledKeys {
  return exactly(bytes, 'keys.json', formatKeys, (value) => {
    const fields = fieldsOf(value, { ledger: 'list', receipts: 'list' });
    return {
      ledger: (fields.ledger as unknown[]).map((one) => {
        const { id, publicKey, since, until, statement } = fieldsOf(one, keyShape);
        return {
          id: id as string,
          publicKey: Buffer.from(publicKey as string, 'base64'),
          since: since as string,
          ...(until === undefined ? {} : { until: until as string }),
          ...(statement === undefined ? {} : { statement: statement as string }),
        };
      }),
      receipts: (fields.receipts as unknown[]).map((one) => {
        const { id, publicKey } = fieldsOf(one, { id: 'text', publicKey: 'text' });
        if (!isOneLinePem(publicKey as string)) throw new TypeError('publicKey');
        return { id: id as string, publicKey: publicKey as string };
      }),
    };
  });
}

export function formatCheckpointLine({ size, note, timestamp }: BundledCheckpoint): Buffer {
  return line({
    size,
    note: note.toString('utf8'),
    ...(timestamp === undefined ? {} : { timestamp: timestamp.toString('base64') }),
  });
}

/** @param bytes with the newline at the end. @throws BundleError `bundle-content-malformed` */
export function parseCheckpointLine(bytes: Buffer): BundledCheckpoint {
  return exactly(bytes, 'a line of checkpoints.ndjson', formatCheckpointLine, (value) => {
    const { size, note, timestamp } = fieldsOf(value, { size: 'number', note: 'text', timestamp: 'text?' });
    return {
      size: size as number,
      note: Buffer.from(note as string, 'utf8'),
      ...(timestamp === undefined ? {} : { timestamp: Buffer.from(timestamp as string, 'base64') }),
    };
  });
}

export function formatEndingLine({ kind, id, fingerprint, state, receipt }: BundledEnding): Buffer {
  return line({ [kind]: id, fingerprint, state, ...(receipt === undefined ? {} : { receipt }) });
}

/** @param bytes with the newline at the end. @throws BundleError `bundle-content-malformed` */
export function parseEndingLine(bytes: Buffer): BundledEnding {
  return exactly(bytes, 'a line of units.ndjson', formatEndingLine, (value) => {
    const { unit, group, fingerprint, state, receipt } = fieldsOf(value, endingShape);
    const ids = [unit, group].filter((one) => one !== undefined);
    const wellNamed = ids.length === 1 && idForm.test(ids[0] as string) && digestForm.test(fingerprint as string);
    const wellReceipted = receipt === undefined || idForm.test(receipt as string);
    if (!wellNamed || !wellReceipted || (state !== 'destroyed' && state !== 'lost')) throw new TypeError('ending');
    return {
      kind: unit === undefined ? 'group' : 'unit',
      id: ids[0] as string,
      fingerprint: fingerprint as string,
      state,
      ...(receipt === undefined ? {} : { receipt: receipt as string }),
    };
  });
}

/** Whether a public key's PEM is in its one form: one line of base64 with no bit that decoding would drop. */
function isOneLinePem(pem: string): boolean {
  const [, body = ''] =
    /^-----BEGIN PUBLIC KEY-----\n([A-Za-z0-9+/=]{1,64})\n-----END PUBLIC KEY-----\n$/.exec(pem) ?? [];
  return body !== '' && Buffer.from(body, 'base64').toString('base64') === body;
}

const idForm = /^[0-9a-f]{32}$/;
const digestForm = /^[0-9a-f]{64}$/;

const indexShape: Shape = {
  format: 'number',
  organisation: 'text',
  madeAt: 'text',
  trees: 'list',
  since: 'any?',
  reference: 'text?',
};
const keyShape: Shape = { id: 'text', publicKey: 'text', since: 'text', until: 'text?', statement: 'text?' };
const endingShape: Shape = { unit: 'text?', group: 'text?', fingerprint: 'text', state: 'text', receipt: 'text?' };

function treeOf(value: unknown): BundledTree {
  const shape: Shape = { incarnation: 'number', origin: 'text', size: 'number', root: 'text' };
  const { incarnation, origin, size, root } = fieldsOf(value, shape);
  const bytes = Buffer.from(root as string, 'base64');
  if (bytes.length !== 32) throw new TypeError('root');
  return { incarnation: incarnation as number, origin: origin as string, size: size as number, root: bytes };
}

function sinceOf(value: unknown): { incarnation: number; size: number } {
  const { incarnation, size } = fieldsOf(value, { incarnation: 'number', size: 'number' });
  return { incarnation: incarnation as number, size: size as number };
}

function line(value: object): Buffer {
  return Buffer.from(`${JSON.stringify(value)}\n`, 'utf8');
}

/**
 * There is one form in which each file is written: what was read is written again, and must be the same bytes. So a
 * member twice, one that is not known, another order or another notation is refused.
 */
function exactly<T>(bytes: Buffer, what: string, format: (value: T) => Buffer, read: (value: unknown) => T): T {
  try {
    const parsed = read(JSON.parse(bytes.toString('utf8')));
    if (format(parsed).equals(bytes)) return parsed;
  } catch {
    // said below
  }
  throw new BundleError('bundle-content-malformed', `${what} is not of the form that it has in a bundle`);
}
