/** The checks by name, in their order. */
export const checkNames = [
  'files',
  'keys',
  'checkpoints',
  'cosignatures',
  'timestamps',
  'entries',
  'leaves',
  'tree',
  'older',
  'incarnations',
  'streams',
  'types',
  'units',
  'vault',
  'receipts',
  'policies',
] as const;

export type CheckName = (typeof checkNames)[number];

/** Something that is not as it must be. Quotes nothing of an event but its id. */
export interface Wrong {
  /** Stable, for programs. */
  readonly code: string;
  readonly detail: string;
  readonly incarnation?: number;
  /** Number of the leaf in the incarnation's tree. */
  readonly leaf?: number;
  /** Id of the event. */
  readonly event?: string;
  /** What would be right. */
  readonly expected?: string;
}

export type CheckState = 'passed' | 'refused' | 'in-part' | 'not-checked';

export interface CheckReport {
  readonly check: CheckName;
  readonly state: CheckState;
  /** What was looked at, and how many. */
  readonly counts: { readonly [what: string]: number };
  /** The first thing that is wrong. */
  readonly wrong?: Wrong;
  /** How many things are wrong. */
  readonly wrongs: number;
  /** What was not checked, and why. */
  readonly unchecked: readonly string[];
  /** What is as it may be, and should be known. */
  readonly remarks: readonly string[];
}

export type Verdict = 'verified' | 'refused' | 'in-part';

/** A number that is counted up from many places. */
export interface Counter {
  value: number;
}

interface Record_ {
  readonly counts: { [what: string]: Counter };
  wrong?: Wrong;
  wrongs: number;
  readonly unchecked: string[];
  readonly remarks: string[];
}

/** How many different reasons and remarks are kept of a check: there are few, unless somebody wants there to be many. */
const mostWords = 100;

/** What the checks found so far. Can be put into JSON and taken out of it. */
export class Checks {
  private readonly records = new Map<CheckName, Record_>();

  constructor(saved?: unknown) {
    for (const [name, record] of (saved ?? []) as [CheckName, Record_][]) this.records.set(name, record);
    for (const name of checkNames) this.of(name);
  }

  counter(check: CheckName, what: string): Counter {
    return (this.of(check).counts[what] ??= { value: 0 });
  }

  count(check: CheckName, what: string, by = 1): void {
    this.counter(check, what).value += by;
  }

  wrong(check: CheckName, wrong: Wrong): void {
    const record = this.of(check);
    record.wrong ??= wrong;
    record.wrongs += 1;
  }

  unchecked(check: CheckName, why: string): void {
    add(this.of(check).unchecked, why);
  }

  remark(check: CheckName, what: string): void {
    add(this.of(check).remarks, what);
  }

  get refused(): boolean {
    return [...this.records.values()].some(({ wrongs }) => wrongs > 0);
  }

  reports(): CheckReport[] {
    return checkNames.map((check) => reportOf(check, this.of(check)));
  }

  verdict(): Verdict {
    const states = this.reports().map(({ state }) => state);
    if (states.includes('refused')) return 'refused';
    return states.every((state) => state === 'passed') ? 'verified' : 'in-part';
  }

  toJSON(): unknown {
    return [...this.records];
  }

  private of(check: CheckName): Record_ {
    const known = this.records.get(check);
    if (known) return known;
    const made: Record_ = { counts: {}, wrongs: 0, unchecked: [], remarks: [] };
    this.records.set(check, made);
    return made;
  }
}

function add(words: string[], word: string): void {
  if (words.length < mostWords && !words.includes(word)) words.push(word);
}

function reportOf(check: CheckName, { counts, wrong, wrongs, unchecked, remarks }: Record_): CheckReport {
  const counted = Object.fromEntries(Object.entries(counts).map(([what, { value }]) => [what, value]));
  const something = Object.values(counted).some((value) => value > 0);
  const left: CheckState = unchecked.length === 0 ? 'passed' : something ? 'in-part' : 'not-checked';
  return {
    check,
    state: wrongs > 0 ? 'refused' : left,
    counts: counted,
    ...(wrong ? { wrong } : {}),
    wrongs,
    unchecked,
    remarks,
  };
}
