import type { HeaderScan } from '@ardoise/format';
import type { CheckName, Checks } from './checks';
import type { EndedDays } from './ended-days';
import type { Partitions } from './partitions';
import type { Places } from './places';
import { said, type Said } from './sayings';
import { UnitState, type Ending } from './unit-state';
import type { EventType } from './vocabulary';

// A record: what it says, time and ordinal, then texts: unit or group, fingerprint, then the day and the
// number of its possible categories, or the id of an event.
const texts = 17;
const [unitLength, fingerprintLength, restLength] = [32, 64, 32];
const recordLength = texts + unitLength + fingerprintLength + restLength;
const dayLength = 10;

/** One fingerprint for each unit; ends against the sections and against the vault. */
export class Units {
  constructor(
    private readonly partitions: Partitions,
    private readonly checks: Checks,
    private readonly places: Places,
    private readonly days: EndedDays,
  ) {}

  /** @param clock the latest time that an event of the log up to this one has */
  addSections(scan: HeaderScan, type: EventType | undefined, ordinal: number, clock: number): void {
    const { bytes, sections, sectionCount } = scan;
    for (let index = 0; index < sectionCount; index++) {
      const { unit, fingerprint, day } = sections[index] as { unit: number; fingerprint: number; day: number };
      const categories = type?.sections[index]?.categories;
      this.partitions.add(bytes, unit, unit + unitLength, recordLength, (buffer, at) => {
        buffer[at] = said.section;
        buffer.writeDoubleLE(clock, at + 1);
        buffer.writeDoubleLE(ordinal, at + 9);
        bytes.copy(buffer, at + texts, unit, unit + unitLength);
        bytes.copy(buffer, at + texts + unitLength, fingerprint, fingerprint + fingerprintLength);
        const rest = at + texts + unitLength + fingerprintLength;
        buffer.fill(0, rest, rest + restLength);
        if (day < 0) return;
        bytes.copy(buffer, rest, day, day + dayLength);
        buffer.write(` ${this.days.choiceOf(categories)}`, rest + dayLength, 'latin1');
      });
      if (day >= 0) this.days.meet(scan.text(day, day + dayLength), categories, ordinal, clock);
    }
    if (sectionCount > 0) this.days.meetSealed(ordinal, clock);
  }

  /** What an event or the vault says of a unit or group. */
  say(what: Said, id: string, fingerprint: string, event: string, ordinal: number, clock: number): void {
    const text = Buffer.from(id + fingerprint + event.padEnd(restLength, '\0'), 'latin1');
    this.partitions.add(text, 0, unitLength, recordLength, (buffer, at) => {
      buffer[at] = what;
      buffer.writeDoubleLE(clock, at + 1);
      buffer.writeDoubleLE(ordinal, at + 9);
      text.copy(buffer, at + texts);
    });
  }

  async check({ clock, vault }: Ending, between: (done: number, of: number) => Promise<void>): Promise<void> {
    const { checks } = this;
    const [units, groups] = [checks.counter('units', 'units'), checks.counter('units', 'ended groups')];
    for (let index = 0; index < this.partitions.count; index++) {
      await between(index, this.partitions.count);
      const states = new Map<string, UnitState>();
      for (const record of this.partitions.read(index)) {
        const what = record[0] as Said;
        const isGroup = what === said.group || what === said.vaultGroup;
        const key = (isGroup ? 'g' : 'u') + record.toString('latin1', texts, texts + unitLength);
        let state = states.get(key);
        if (state === undefined) states.set(key, (state = new UnitState(key.slice(1), isGroup)));
        const fingerprint = record.toString('latin1', texts + unitLength, texts + unitLength + fingerprintLength);
        const rest = record.toString('latin1', texts + unitLength + fingerprintLength);
        const text = rest.startsWith('\0') ? '' : rest.replace(/\0+$/, '');
        const found = state.meet(what, fingerprint, text, record.readDoubleLE(9), record.readDoubleLE(1));
        if (found) await this.wrong(found.check, found.code, found.detail, record.readDoubleLE(9), found.expected);
      }
      for (const state of states.values()) {
        if (state.isGroup) groups.value += 1;
        else units.value += 1;
        const found = state.finish({ clock, vault }, this.days, checks);
        if (found) await this.wrong(found.check, found.code, found.detail, found.ordinal, found.expected);
      }
    }
  }

  private async wrong(
    check: CheckName,
    code: string,
    detail: string,
    ordinal: number,
    expected?: string,
  ): Promise<void> {
    const place = ordinal < 0 ? {} : await this.places.describe(ordinal);
    this.checks.wrong(check, { code, detail, ...place, ...(expected === undefined ? {} : { expected }) });
  }
}
