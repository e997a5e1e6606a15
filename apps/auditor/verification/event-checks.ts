import { FormatError, HeaderScan, singleStream } from '@ardoise/format';
import type { Checks } from './checks';
import type { EndedDays } from './ended-days';
import type { LoggedPolicies } from './policies';
import { said } from './sayings';
import type { Streams } from './streams';
import type { TypeChecks } from './type-checks';
import type { Units } from './units';
import type { VaultWords } from './vault-words';

const vaultStream = singleStream('vault');

export interface EventParts {
  readonly organisation: string;
  readonly checks: Checks;
  readonly types: TypeChecks;
  readonly streams: Streams;
  readonly units: Units;
  readonly days: EndedDays;
  readonly policies: LoggedPolicies;
  readonly words: VaultWords;
}

/** What is looked at in each event, in the log's order. */
export class EventChecks {
  private readonly scan = new HeaderScan();
  private readonly events;
  private readonly bytes;
  private readonly ends;

  /** @param clock the latest time of all events so far, in seconds since 1970 */
  constructor(
    private readonly parts: EventParts,
    public clock = -Infinity,
  ) {
    this.events = parts.checks.counter('entries', 'events');
    this.bytes = parts.checks.counter('entries', 'bytes');
    this.ends = parts.checks.counter('units', 'events that end keys');
  }

  meet(entry: Buffer, incarnation: number, leaf: number, ordinal: number): void {
    const { parts, scan } = this;
    this.events.value += 1;
    this.bytes.value += entry.length;
    try {
      scan.read(entry);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      parts.checks.wrong('entries', { code: error.code, detail: error.message, incarnation, leaf });
      return;
    }
    if (scan.organisation !== parts.organisation) {
      const [code, detail] = ['organisation-differs', 'the event is of another organisation'];
      parts.checks.wrong('entries', {
        code,
        detail,
        incarnation,
        leaf,
        event: this.id(),
        expected: parts.organisation,
      });
    }
    this.clock = Math.max(this.clock, scan.recordedAt);
    const type = parts.types.meet(scan, incarnation, leaf);
    parts.streams.add(scan, ordinal);
    parts.units.addSections(scan, type, ordinal, this.clock);
    if (scan.streamTo - scan.streamFrom === vaultStream.length) this.meetVault(entry, ordinal);
    if (scan.type === 'policy-adopted') parts.policies.adopt(scan.facts(), { incarnation, leaf, event: this.id() });
    if (leaf === 0 && ordinal === 0) parts.words.first(entry);
  }

  private id(): string {
    return this.scan.text(this.scan.id, this.scan.id + 32);
  }

  private meetVault(entry: Buffer, ordinal: number): void {
    const { scan, parts, clock } = this;
    if (scan.text(scan.streamFrom, scan.streamTo) !== vaultStream) return;
    if (parts.words.meet(scan.type, entry)) this.ends.value += 1;
    const facts = scan.facts();
    const event = this.id();
    switch (scan.type) {
      case 'keys-fenced':
      case 'keys-lost': {
        const what = scan.type === 'keys-lost' ? said.lost : said.fenced;
        for (const [unit, fingerprint] of unitsIn(facts.units)) {
          parts.units.say(what, unit, fingerprint, event, ordinal, clock);
        }
        return;
      }
      case 'groups-ended':
        for (const { group, fingerprint, category, day } of groupsIn(facts.groups)) {
          parts.units.say(said.group, group, fingerprint, event, ordinal, clock);
          if (facts.cause === 'day' && category !== undefined && day !== undefined) {
            parts.days.endDay(category, day, clock);
          }
        }
        if (facts.cause === 'contract') parts.days.endOrganisation(clock);
        return;
      case 'gap-recorded':
        parts.days.recovered = true;
        parts.checks.remark('units', 'a recovery is on record (gap-recorded): keys may be named again after it');
    }
  }
}

const isHex = (value: unknown, length: number): value is string =>
  typeof value === 'string' && value.length === length && /^[0-9a-f]+$/.test(value);

/** Those that are well formed; of the others the check of types tells. */
function unitsIn(value: unknown): [string, string][] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((one: unknown) => {
    const [unit, fingerprint] = Array.isArray(one) ? (one as unknown[]) : [];
    return isHex(unit, 32) && isHex(fingerprint, 64) ? [[unit, fingerprint]] : [];
  });
}

interface Group {
  readonly group: string;
  readonly fingerprint: string;
  readonly category?: string;
  readonly day?: string;
}

function groupsIn(value: unknown): Group[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((one: unknown) => {
    const { group, fingerprint, category, day } = (one ?? {}) as Partial<Record<keyof Group, unknown>>;
    if (!isHex(group, 32) || !isHex(fingerprint, 64)) return [];
    const of = typeof category === 'string' && typeof day === 'string' ? { category, day } : {};
    return [{ group, fingerprint, ...of }];
  });
}
