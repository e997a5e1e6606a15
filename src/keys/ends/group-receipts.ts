import { canonicalBytes, sha256, type Json } from '@ardoise/format';
import { gapRecorded, groupsEnded, type EndedGroup } from '../domain/events';
import {
  checkSignature,
  verdictOf,
  type Against,
  type LoggedHeader,
  type SignatureChecked,
  type Verdict,
  type Wrong,
} from '../receipt-checks';
import type { DayReceipt, EndedKey, OrganisationReceipt, Signed } from './signed-receipt';

/** The receipt of keys that ended for everybody at once. */
export type GroupReceipt = Signed<DayReceipt> | Signed<OrganisationReceipt>;

export interface GroupVerification {
  readonly verdict: Verdict;
  readonly type: GroupReceipt['type'];
  readonly organisation: string;
  /** Of a day. */
  readonly category?: string;
  readonly day?: string;
  /** SHA-256 of the canonical receipt. */
  readonly digest: string;
  readonly signature: SignatureChecked;
  readonly log?: {
    /** Events of the organisation that were looked at, and those among them that name ended groups. */
    readonly events: number;
    readonly naming: number;
    readonly groups: { readonly named: number; readonly of: number };
  };
  /** The first thing that is wrong. */
  readonly wrong?: Wrong;
  readonly unchecked: readonly string[];
}

/** Holds the receipt of a day or an organisation against a key and a log. @throws SigningError for a key that is none */
export async function verifyGroupReceipt(
  receipt: GroupReceipt,
  { publicKey, log }: Against,
): Promise<GroupVerification> {
  const wrong: Wrong[] = [];
  const unchecked: string[] = [];
  const signature = checkSignature(receipt, publicKey, wrong, unchecked);
  if (!log) unchecked.push('the log: whether it names the end of these keys');
  const held = log && new HeldAgainstLog(receipt);
  if (log && held) {
    for await (const header of log) held.meet(header);
    wrong.push(...held.wrong());
  }
  const { type, organisation } = receipt;
  return {
    verdict: verdictOf(wrong, unchecked),
    type,
    organisation,
    ...(receipt.type === 'ardoise-day-receipt' ? { category: receipt.category, day: receipt.day } : {}),
    digest: sha256(canonicalBytes(receipt as unknown as Json)).toString('hex'),
    signature,
    ...(held ? { log: held.checked() } : {}),
    ...(wrong[0] ? { wrong: wrong[0] } : {}),
    unchecked,
  };
}

/** What a log says of the groups of one receipt. */
class HeldAgainstLog {
  private readonly told: ReadonlyMap<string, EndedKey>;
  private readonly named = new Set<string>();
  private readonly found: Wrong[] = [];
  private recovered = false;
  private events = 0;
  private naming = 0;

  constructor(private readonly receipt: GroupReceipt) {
    this.told = new Map(receipt.groups.map((one) => [one.group, one]));
    if (this.told.size < receipt.groups.length)
      this.found.push({ code: 'group-twice', detail: 'the receipt names a group twice' });
    if (this.told.size === 0) this.found.push({ code: 'no-groups', detail: 'the receipt names no group' });
    const other = receipt.groups.find((one) => !this.concerns(one));
    if (other) this.found.push({ code: 'group-of-another', detail: `group ${other.group} is not of this day` });
  }

  meet(header: LoggedHeader): void {
    if (header.organisation !== this.receipt.organisation) return;
    this.events += 1;
    this.recovered ||= header.type === gapRecorded.type;
    if (header.type !== groupsEnded.type) return;
    this.naming += 1;
    const groups = Array.isArray(header.facts.groups) ? (header.facts.groups as EndedGroup[]) : [];
    for (const group of groups) this.meetGroup(group, header);
  }

  private meetGroup(group: EndedGroup, header: LoggedHeader): void {
    const told = this.told.get(group.group);
    const isOurs = header.facts.cause === (this.receipt.type === 'ardoise-day-receipt' ? 'day' : 'contract');
    if (told === undefined) {
      if (isOurs && this.concerns(group))
        this.say('group-left-out', `group ${group.group} ended too, and the receipt does not name it`, header);
      return;
    }
    // It may be told twice: the first event ended it, and is its receipt. A log that was put back from a backup and
    // recovered names it again, later.
    if (told.event !== header.id && !this.recovered) return;
    const same = told.fingerprint === group.fingerprint && told.epoch === group.epoch;
    if (!same || told.category !== group.category || told.day !== group.day)
      this.say('fingerprint-differs', `group ${group.group} is another in the log`, header);
    else if (!isOurs) this.say('cause-differs', `group ${group.group} ended for another reason`, header);
    else this.named.add(group.group);
    if (!this.recovered && Date.parse(header.recordedAt) > Date.parse(this.receipt.destroyedAt))
      this.say('named-after-destruction', 'its keys were named after they are said to be destroyed', header);
  }

  wrong(): Wrong[] {
    if (this.events === 0) {
      const detail = `the log has no event of the organisation "${this.receipt.organisation}"`;
      return [{ code: 'log-of-another', detail }];
    }
    const missing = [...this.told.values()].find(({ group }) => !this.named.has(group));
    if (missing === undefined || this.found.length > 0) return this.found;
    const detail = `event ${missing.event} of the log does not name the end of group ${missing.group}`;
    return [{ code: 'group-not-named', detail }];
  }

  checked(): NonNullable<GroupVerification['log']> {
    const { events, naming, named, receipt } = this;
    return { events, naming, groups: { named: named.size, of: receipt.groups.length } };
  }

  /** All groups are an organisation's; a day has its own. */
  private concerns({ category, day }: Pick<EndedGroup, 'category' | 'day'>): boolean {
    const { receipt } = this;
    return receipt.type === 'ardoise-organisation-receipt' || (category === receipt.category && day === receipt.day);
  }

  private say(code: string, detail: string, { id }: LoggedHeader): void {
    this.found.push({ code, detail: `${detail} (event ${id})` });
  }
}
