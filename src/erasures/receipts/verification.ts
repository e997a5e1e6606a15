import type { Header } from '@ardoise/format';
import { SigningError, signingKeyId } from '@ardoise/signing';
import { keysFenced } from '../../keys/domain/events';
import { isSignedBy, receiptDigest, type Receipt } from './receipt';

/** What of a log a receipt is held against: its clear headers, in order. */
export type LoggedHeader = Pick<Header, 'organisation' | 'type' | 'recordedAt' | 'facts' | 'id'>;

export interface Wrong {
  readonly code: string;
  readonly detail: string;
}

export interface SignatureChecked {
  readonly state: 'valid' | 'invalid' | 'absent';
  /** Whether it was held against a key from elsewhere, or only against the one in the receipt. */
  readonly against?: 'given-key' | 'included-key';
  readonly key?: string;
}

export interface LogChecked {
  /** Events of the organisation that were looked at, and those among them that name ended keys. */
  readonly events: number;
  readonly naming: number;
  readonly units: { readonly named: number; readonly of: number };
  /** Units that were kept and had not ended before their date; those that the receipt does not name cannot be checked. */
  readonly kept: { readonly checked: number; readonly of: number };
}

export interface Verification {
  readonly verdict: 'verified' | 'partly' | 'refused';
  readonly organisation: string;
  readonly erasure: string;
  readonly format: number;
  /** SHA-256 of the canonical receipt: what its organisation keeps of it. */
  readonly digest: string;
  readonly signature: SignatureChecked;
  readonly log?: LogChecked;
  /** The first thing that is wrong. */
  readonly wrong?: Wrong;
  /** What could not be checked. */
  readonly unchecked: readonly string[];
}

export interface Against {
  /** SPKI in PEM, from elsewhere than the receipt. */
  readonly publicKey?: string;
  readonly log?: AsyncIterable<LoggedHeader>;
}

/** Holds a receipt against a key and a log; needs no key that opens anything. @throws SigningError for a key that is none */
export async function verifyReceipt(receipt: Receipt, { publicKey, log }: Against): Promise<Verification> {
  const wrong: Wrong[] = [];
  const unchecked: string[] = [];
  const signature = checkSignature(receipt, publicKey, wrong, unchecked);
  const logged = log && (await checkLog(receipt, log, wrong, unchecked));
  if (!log) unchecked.push('the log: whether it names the end of these keys');
  if (receipt.format === 2 && receipt.begunAgain)
    unchecked.push('units that ended before the erasure was begun again: the receipt does not name them');
  const { organisation, erasure, format } = receipt;
  return {
    verdict: wrong.length > 0 ? 'refused' : unchecked.length > 0 ? 'partly' : 'verified',
    organisation,
    erasure,
    format,
    digest: receiptDigest(receipt),
    signature,
    ...(logged ? { log: logged } : {}),
    ...(wrong[0] ? { wrong: wrong[0] } : {}),
    unchecked,
  };
}

function checkSignature(
  receipt: Receipt,
  publicKey: string | undefined,
  wrong: Wrong[],
  unchecked: string[],
): SignatureChecked {
  if (receipt.format === 1) {
    unchecked.push('the signature: receipts of format 1 have none');
    return { state: 'absent' };
  }
  const against = publicKey === undefined ? 'included-key' : 'given-key';
  const { key, publicKey: included } = receipt.signature;
  // Whoever makes a receipt up signs it, and puts their own key in.
  if (publicKey === undefined) unchecked.push('whose the signature is: no key from elsewhere was given');
  if (isValid(receipt, publicKey, included)) return { state: 'valid', against, key };
  const given = publicKey === undefined || signingKeyId(publicKey) === key;
  const detail = given
    ? 'the signature does not fit: the receipt was altered, or is not of this key'
    : `the receipt is signed by the key ${key}, not by the one given`;
  wrong.push({ code: 'signature-invalid', detail });
  return { state: 'invalid', against, key };
}

function isValid(receipt: Extract<Receipt, { format: 2 }>, given: string | undefined, included: string): boolean {
  if (given !== undefined && !isSignedBy(receipt, given)) return false;
  try {
    // The key's name in the receipt is no more than a claim.
    return signingKeyId(included) === receipt.signature.key && isSignedBy(receipt, included);
  } catch (error) {
    if (error instanceof SigningError) return false;
    throw error;
  }
}

async function checkLog(
  receipt: Receipt,
  log: AsyncIterable<LoggedHeader>,
  wrong: Wrong[],
  unchecked: string[],
): Promise<LogChecked> {
  const held = new HeldAgainstLog(receipt);
  for await (const header of log) held.meet(header);
  wrong.push(...held.wrong());
  if (held.unnamedKept > 0) unchecked.push(`${held.unnamedKept} kept: the receipt does not name their units`);
  return held.checked();
}

/** What a log says of the units of one receipt. */
class HeldAgainstLog {
  private readonly ended: ReadonlyMap<string, string>;
  private readonly kept: ReadonlyMap<string, string>;
  private readonly named = new Set<string>();
  private readonly found: Wrong[] = [];
  private events = 0;
  private naming = 0;

  constructor(private readonly receipt: Receipt) {
    this.ended = new Map(receipt.units);
    this.kept = new Map(receipt.kept.flatMap(({ unit, until }) => (unit === undefined ? [] : [[unit, until]])));
    if (this.ended.size < receipt.units.length)
      this.found.push({ code: 'unit-twice', detail: 'the receipt names a unit twice' });
  }

  get unnamedKept(): number {
    return this.receipt.kept.length - this.kept.size;
  }

  meet(header: LoggedHeader): void {
    if (header.organisation !== this.receipt.organisation) return;
    this.events += 1;
    if (header.type !== keysFenced.type) return;
    this.naming += 1;
    const units = namedIn(header);
    if (units.some(([unit]) => this.ended.has(unit))) this.meetOurs(header, units);
    const early = units.find(([unit]) => Date.parse(header.recordedAt) < Date.parse(this.kept.get(unit) ?? ''));
    if (early) this.say('kept-ended-early', `unit ${early[0]} was kept, and ended before its date`, header);
  }

  private meetOurs(header: LoggedHeader, units: readonly (readonly [string, string])[]): void {
    const ofErasure = header.facts.cause === 'erasure';
    for (const [unit, fingerprint] of units) {
      const told = this.ended.get(unit);
      if (told === fingerprint) this.named.add(unit);
      else if (told !== undefined) this.say('fingerprint-differs', `unit ${unit} has another fingerprint`, header);
      else if (ofErasure && !this.isBegunAgain())
        this.say('unit-left-out', `unit ${unit} ended with those of the receipt, which does not name it`, header);
    }
    if (Date.parse(header.recordedAt) > Date.parse(this.receipt.destroyedAt))
      this.say('named-after-destruction', 'its keys were named after they are said to be destroyed', header);
  }

  wrong(): Wrong[] {
    if (this.events === 0) {
      const detail = `the log has no event of the organisation "${this.receipt.organisation}"`;
      return [{ code: 'log-of-another', detail }];
    }
    const missing = [...this.ended.keys()].find((unit) => !this.named.has(unit));
    const absent = { code: 'unit-not-named', detail: `no event of the log names the end of unit ${missing}` };
    return missing === undefined || this.found.length > 0 ? this.found : [absent];
  }

  checked(): LogChecked {
    const { events, naming, receipt } = this;
    const units = { named: this.named.size, of: receipt.units.length };
    return { events, naming, units, kept: { checked: this.kept.size, of: receipt.kept.length } };
  }

  private isBegunAgain(): boolean {
    return this.receipt.format === 2 && this.receipt.begunAgain === true;
  }

  private say(code: string, detail: string, { id }: LoggedHeader): void {
    this.found.push({ code, detail: `${detail} (event ${id})` });
  }
}

function namedIn({ facts }: LoggedHeader): readonly (readonly [string, string])[] {
  const units: readonly unknown[] = Array.isArray(facts.units) ? facts.units : [];
  // A log from elsewhere is not yet believed: what is no pair names nothing.
  return units.filter((one): one is [string, string] => Array.isArray(one) && one.length === 2);
}
