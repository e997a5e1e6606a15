import { gapRecorded, groupsEnded, keysFenced } from '../../keys/domain/events';
import {
  checkSignature,
  verdictOf,
  type Against,
  type LoggedHeader,
  type SignatureChecked,
  type Verdict,
  type Wrong,
} from '../../keys/receipt-checks';
import { receiptDigest, type Receipt } from './receipt';

export interface LogChecked {
  /** Events of the organisation that were looked at, and those among them that name ended keys. */
  readonly events: number;
  readonly naming: number;
  readonly units: { readonly named: number; readonly of: number };
  /** Units that were kept and had not ended before their date; those that the receipt does not name cannot be checked. */
  readonly kept: { readonly checked: number; readonly of: number };
  /**
   * There where the organisation has ended since: all that it held ended with it, also what was kept until a later date.
   * RFC 3339.
   */
  readonly organisationEndedAt?: string;
  /**
   * There where the log was put back from a backup and recovered: from here on it names again what it had lost, later
   * than it ended and together with others. RFC 3339.
   */
  readonly recoveredAt?: string;
}

export interface Verification {
  readonly verdict: Verdict;
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

/** Holds a receipt against a key and a log; needs no key that opens anything. @throws SigningError for a key that is none */
export async function verifyReceipt(receipt: Receipt, { publicKey, log }: Against): Promise<Verification> {
  const wrong: Wrong[] = [];
  const unchecked: string[] = [];
  const signature = signatureOf(receipt, publicKey, wrong, unchecked);
  const logged = log && (await checkLog(receipt, log, wrong, unchecked));
  if (!log) unchecked.push('the log: whether it names the end of these keys');
  if (receipt.format === 2 && receipt.begunAgain)
    unchecked.push('units that ended before the erasure was begun again: the receipt does not name them');
  const { organisation, erasure, format } = receipt;
  return {
    verdict: verdictOf(wrong, unchecked),
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

function signatureOf(
  receipt: Receipt,
  publicKey: string | undefined,
  wrong: Wrong[],
  unchecked: string[],
): SignatureChecked {
  if (receipt.format === 2) return checkSignature(receipt, publicKey, wrong, unchecked);
  unchecked.push('the signature: receipts of format 1 have none');
  return { state: 'absent' };
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
  private endedAt: string | undefined;
  private recoveredAt: string | undefined;

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
    if (header.type === groupsEnded.type && header.facts.cause === 'contract') this.endedAt = header.recordedAt;
    if (header.type === gapRecorded.type) this.recoveredAt ??= header.recordedAt;
    if (header.type !== keysFenced.type) return;
    this.naming += 1;
    const units = namedIn(header);
    if (units.some(([unit]) => this.ended.has(unit))) this.meetOurs(header, units);
    // With their organisation they end for another reason than their own.
    if (this.endedAt !== undefined) return;
    const early = units.find(([unit]) => Date.parse(header.recordedAt) < Date.parse(this.kept.get(unit) ?? ''));
    if (early) this.say('kept-ended-early', `unit ${early[0]} was kept, and ended before its date`, header);
  }

  private meetOurs(header: LoggedHeader, units: readonly (readonly [string, string])[]): void {
    const ofErasure = header.facts.cause === 'erasure' && this.recoveredAt === undefined;
    for (const [unit, fingerprint] of units) {
      const told = this.ended.get(unit);
      if (told === fingerprint) this.named.add(unit);
      else if (told !== undefined) this.say('fingerprint-differs', `unit ${unit} has another fingerprint`, header);
      else if (ofErasure && !this.isBegunAgain())
        this.say('unit-left-out', `unit ${unit} ended with those of the receipt, which does not name it`, header);
    }
    if (this.recoveredAt === undefined && Date.parse(header.recordedAt) > Date.parse(this.receipt.destroyedAt))
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
    const ended = this.endedAt === undefined ? {} : { organisationEndedAt: this.endedAt };
    const recovered = this.recoveredAt === undefined ? {} : { recoveredAt: this.recoveredAt };
    return {
      events,
      naming,
      units,
      kept: { checked: this.kept.size, of: receipt.kept.length },
      ...ended,
      ...recovered,
    };
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
