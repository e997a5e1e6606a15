import type { CheckName, Checks } from './checks';
import type { EndedDays } from './ended-days';
import { said, tolerance, type Said } from './sayings';

/** What an ending is looked at with: the log's time at its end, and whether the vault's word is there. */
export interface Ending {
  readonly clock: number;
  readonly vault: boolean;
}

export interface UnitWrong {
  readonly check: CheckName;
  readonly code: string;
  readonly detail: string;
  readonly expected?: string;
}

/** What log and vault say of one unit, or of one group. Records of the log come in its order. */
export class UnitState {
  private fingerprint = '';
  /** Empty where its sections have none. */
  private day = '';
  /** Of categories, as `EndedDays` numbers them. */
  private choice = 0;
  private used = false;
  /** Ordinal and time of the first event that ended it. */
  private endedBy = -1;
  private endedAt = 0;
  private fenced = false;
  private lost = false;
  /** Ids of the events that ended it. */
  private readonly events: string[] = [];
  private vault:
    { readonly state: 'destroyed' | 'lost'; readonly fingerprint: string; readonly receipt: string } | undefined;

  constructor(
    private readonly id: string,
    readonly isGroup: boolean,
  ) {}

  private get name(): string {
    return `${this.isGroup ? 'group' : 'unit'} ${this.id}`;
  }

  meet(what: Said, fingerprint: string, rest: string, ordinal: number, clock: number): UnitWrong | undefined {
    if (what === said.destroyed || what === said.vaultLost || what === said.vaultGroup) {
      return this.meetVault(what === said.vaultLost ? 'lost' : 'destroyed', fingerprint, rest);
    }
    if (this.fingerprint === '') this.fingerprint = fingerprint;
    else if (this.fingerprint !== fingerprint) return this.differs('units');
    return what === said.section ? this.meetSection(rest, clock) : this.meetEnd(what, ordinal, clock, rest);
  }

  private meetSection(rest: string, clock: number): UnitWrong | undefined {
    const [day = '', choice = ''] = rest.split(' ');
    if (!this.used) [this.day, this.choice] = [day, Number(choice)];
    this.used = true;
    if (this.day !== day) {
      return { check: 'units', code: 'day-differs', detail: `${this.name} has one day here and another elsewhere` };
    }
    if (this.endedBy < 0 || clock <= this.endedAt + tolerance) return undefined;
    return { check: 'units', code: 'sealed-after-end', detail: `a section is sealed under ${this.name} after its end` };
  }

  private meetEnd(what: Said, ordinal: number, clock: number, event: string): undefined {
    this.events.push(event);
    if (what === said.lost) this.lost = true;
    else this.fenced = true;
    if (this.endedBy >= 0) return;
    this.endedBy = ordinal;
    this.endedAt = clock;
  }

  private meetVault(state: 'destroyed' | 'lost', fingerprint: string, receipt: string): UnitWrong | undefined {
    if (this.vault !== undefined) {
      return { check: 'vault', code: 'named-twice', detail: `${this.name} stands twice in units.ndjson` };
    }
    this.vault = { state, fingerprint, receipt };
    return undefined;
  }

  /** What can be told when everything was met. */
  finish({ clock, vault }: Ending, days: EndedDays, checks: Checks): (UnitWrong & { ordinal: number }) | undefined {
    if (this.endedBy >= 0)
      checks.count('units', this.lost && !this.fenced ? 'lost units' : 'ended units', this.isGroup ? 0 : 1);
    if (this.endedBy >= 0 && !this.used && !this.isGroup) checks.count('units', 'ended without use');
    if (!vault) return undefined;
    checks.count('vault', 'ends', this.vault === undefined ? 0 : 1);
    const found = this.vault === undefined ? this.missingInVault(clock, days, checks) : this.missingInLog(days, checks);
    return found && { ...found, ordinal: this.endedBy };
  }

  /** The vault says that it ended. */
  private missingInLog(days: EndedDays, checks: Checks): UnitWrong | undefined {
    const { state, fingerprint, receipt } = this.vault as NonNullable<UnitState['vault']>;
    if (this.fingerprint !== '' && this.fingerprint !== fingerprint) return this.differs('vault');
    if (this.fenced || (state === 'lost' && this.lost)) return this.mustBeNamedBy(receipt, days);
    if (!this.isGroup && !this.used) {
      checks.count('vault', 'never used');
      return undefined;
    }
    if (!this.isGroup && days.covers(this.day, this.choice)) return undefined;
    const word = state === 'lost' ? 'lost' : 'destroyed';
    return {
      check: 'vault',
      code: `${word}-unnamed`,
      detail: `${this.name} is ${word} in the vault, and no event of the log names its end`,
      expected: this.isGroup
        ? 'an event "groups-ended"'
        : word === 'lost'
          ? 'an event "keys-lost"'
          : 'an event "keys-fenced"',
    };
  }

  /** The event that the vault names must be one that ended it, unless a part of the log is missing. */
  private mustBeNamedBy(receipt: string, days: EndedDays): UnitWrong | undefined {
    if (receipt === '' || this.events.includes(receipt) || days.recovered || days.covers(this.day, this.choice))
      return undefined;
    const detail = `the vault says that event ${receipt} ended ${this.name}, and that event does not name it`;
    return { check: 'vault', code: 'receipt-differs', detail };
  }

  /** The vault does not say that it ended. */
  private missingInVault(clock: number, days: EndedDays, checks: Checks): UnitWrong | undefined {
    if (this.endedBy < 0) return undefined;
    if (this.endedAt + tolerance >= clock) {
      checks.count('vault', 'about to end');
      return undefined;
    }
    if (!this.isGroup && days.covers(this.day, this.choice)) return undefined;
    const word = this.lost && !this.fenced ? 'lost' : 'destroyed';
    const detail = `the log names the end of ${this.name}, and the vault does not say that it is ${word}`;
    return { check: 'vault', code: `named-not-${word}`, detail, expected: `a line of units.ndjson` };
  }

  private differs(check: CheckName): UnitWrong {
    return { check, code: 'fingerprint-differs', detail: `${this.name} has another fingerprint elsewhere` };
  }
}
