/** Which retention unit a section belongs to: one person's part of one stream in one category. */
export interface UnitRequest {
  readonly person: string;
  readonly stream: string;
  readonly category: string;
  /** Splits a person's own stream: one version of one profile value. Absent elsewhere. */
  readonly part?: string;
  /** YYYY-MM-DD for what is kept by the day: the unit hangs under the group key of its category and day. */
  readonly day?: string;
}

/** A key that can seal or open. Never logged, never written anywhere in clear. */
export interface UnitKey {
  /** 32 hexadecimal digits. */
  readonly unit: string;
  /** 64 hexadecimal digits. */
  readonly fingerprint: string;
  readonly category: string;
  readonly person: string;
  readonly day?: string;
  readonly key: Buffer;
}

/**
 * Different, loud answers to "open this unit". Only `destroyed` reads as erased, and only with its receipt: the id of the
 * event of the log that ended it. `lost` is an operator's word; `missing` is a unit that this vault made and whose row is
 * gone; `unknown` one that it never made.
 */
export type OpenedKey =
  | { readonly state: 'open'; readonly key: UnitKey }
  | { readonly state: 'destroyed'; readonly receipt: string }
  | { readonly state: 'lost' }
  | { readonly state: 'missing' }
  | { readonly state: 'unknown' };

/** The receipt of a unit that an anchor remembers as destroyed, in a log that does not: one restored from before. */
export const anchorReceipt = 'anchor';

/** What names a unit in a stored header. */
export interface UnitReference {
  readonly unit: string;
  readonly fingerprint: string;
  readonly day?: string;
}

/**
 * `active` seals and opens; `held` too, kept beside an erasure on a ground; `fenced` waits for its destruction:
 * it seals nothing more, and opens until then; `lost` is an operator's word after a disaster.
 */
export type UnitState = 'active' | 'held' | 'fenced' | 'destroyed' | 'lost';

/** What names a group of keys. */
export interface GroupReference {
  /** 32 hexadecimal digits. */
  readonly group: string;
  /** 64 hexadecimal digits. */
  readonly fingerprint: string;
  readonly epoch: number;
  /** Both for a group of a day, neither for the organisation's own. */
  readonly category?: string;
  readonly day?: string;
}

/**
 * `active` takes new units; `retired`, of an epoch that has passed, only keeps what was not rewrapped yet; `fenced`
 * seals nothing more and opens until it is destroyed.
 */
export type GroupState = 'active' | 'retired' | 'fenced' | 'destroyed';

export interface GroupEntry extends GroupReference {
  readonly state: GroupState;
  /** Id of the key-encryption key that wraps it. */
  readonly kek: string;
  readonly createdAt: Date;
  readonly endedAt?: Date;
}

/** A row of the index person → units → streams that replay and erasure go by. */
export interface UnitEntry {
  readonly unit: string;
  readonly fingerprint: string;
  readonly stream: string;
  readonly category: string;
  readonly person: string;
  readonly state: UnitState;
  readonly createdAt: Date;
  readonly keptUntil?: Date;
  readonly ground?: string;
}

/** What is kept of a person beside an erasure, on a named ground, until an instant. */
export interface Keep {
  readonly unit: string;
  readonly ground: string;
  readonly until: Date;
}

export type PersonState = 'active' | 'fenced' | 'erased';

export interface PersonEntry {
  readonly person: string;
  readonly state: PersonState;
  /** The person's own stream; dies with the erasure. */
  readonly stream?: string;
  /** The person that this one was found to be a duplicate of. */
  readonly aliasOf?: string;
}

/**
 * Names that nobody without the organisation's naming key can link to what they were made from. All are HMAC-SHA256
 * under that key over a label and the parts, length-prefixed.
 */
export interface Naming {
  /** The `command` member of a header: 32 bytes for a stream and a command id. */
  command(stream: string, commandId: string): Buffer;
  /** The id of the stream that a creating command makes: its kind and 128 bits. */
  stream(kind: string, commandId: string): string;
  /** Any other id derived from a command or an event: 32 hexadecimal digits. */
  id(label: string, ...parts: string[]): string;
  /** A command id (UUID, version 8 of RFC 9562) for a step that follows from an event. */
  step(event: string, step: string): string;
  /** A keyed digest, 64 hexadecimal digits, for what must be compared but not kept (a request's body). */
  digest(label: string, bytes: Uint8Array | string): string;
}

export type VaultErrorCode =
  | 'organisation-unknown'
  | 'organisation-ended'
  | 'organisation-quarantined'
  | 'person-unknown'
  | 'person-erased'
  | 'person-not-fenced'
  | 'alias-cycle'
  | 'unit-ended'
  | 'key-tampered'
  /** On record as destroyed, and its bytes are there again. */
  | 'key-returned'
  /** Its key is gone, and no record says what ended it. */
  | 'key-gone'
  | 'key-encryption-failed'
  | 'vault-unavailable';

/** A refusal of the vault; its message names ids only, never anything personal. */
export class VaultError extends Error {
  override readonly name = 'VaultError';

  constructor(
    readonly code: VaultErrorCode,
    message: string,
  ) {
    super(message);
  }
}

/** The keys of all retention units, under their group keys, under the key-encryption key. */
export interface Vault {
  /**
   * Makes the organisation's group key, naming key and look-up key, once; repeated calls change nothing.
   * @throws VaultError `organisation-ended`
   */
  admitOrganisation(organisation: string): Promise<void>;
  naming(organisation: string): Promise<Naming>;

  /** Makes a person known, with the stream of their own. Repeating it changes nothing. @throws `person-erased` */
  admitPerson(organisation: string, person: string, stream: string): Promise<void>;
  person(organisation: string, person: string): Promise<PersonEntry | undefined>;
  /** The person and every alias, in both directions, sorted. */
  aliases(organisation: string, person: string): Promise<string[]>;
  /**
   * Records (or with `undefined` ends) that a person is a duplicate of another.
   * @throws VaultError `alias-cycle`, `person-unknown`, `person-erased`
   */
  setAlias(organisation: string, person: string, of: string | undefined): Promise<void>;

  /**
   * The keys to seal under, in the order asked for; a unit that does not exist yet is made. Concurrent calls are
   * gathered into one statement. A person that is fenced gets no new unit; a kept unit still seals.
   * @throws VaultError `person-unknown`, `person-erased`, `unit-ended`
   */
  sealingKeys(organisation: string, requests: readonly UnitRequest[]): Promise<UnitKey[]>;
  /**
   * The keys to open with. The fingerprint in the header is checked against the key.
   * @throws VaultError `key-tampered`, `key-returned`, `key-gone`
   */
  openingKeys(organisation: string, units: readonly UnitReference[]): Promise<Map<string, OpenedKey>>;

  unitsOf(organisation: string, persons: readonly string[]): Promise<UnitEntry[]>;
  unitsOfStream(organisation: string, stream: string): Promise<UnitEntry[]>;

  /** Records a look-up of a guessable external id, by keyed digest; it dies with its unit. False when taken by another person. */
  putLookup(organisation: string, system: string, value: string, person: string, unit: string): Promise<boolean>;
  dropLookup(organisation: string, system: string, value: string, person: string): Promise<void>;
  findByLookup(organisation: string, system: string, value: string): Promise<string | undefined>;

  /**
   * Fences a person with every alias, in one transaction: no new unit can be made for them, and their units, but for
   * those kept, seal nothing any more. Idempotent. Gives the units that are to be destroyed.
   */
  fence(organisation: string, persons: readonly string[], keep: readonly Keep[]): Promise<UnitEntry[]>;
  /**
   * Destroys keys and their links for good; idempotent, also for units that are unknown. `event` is the id of the
   * `keys-fenced` that names them: their receipt. Fenced persons all of whose units ended, but for kept ones, read as
   * erased.
   */
  destroy(organisation: string, event: string, units: readonly UnitReference[]): Promise<void>;
  /**
   * Marks the persons erased, after their units were destroyed; ends their streams' and aliases' links.
   * @throws VaultError `person-not-fenced` while anything of theirs, but for kept units, is not destroyed.
   */
  markErased(organisation: string, persons: readonly string[]): Promise<void>;
  /** Marks units lost, for good: their keys are gone, and nobody ended them. Only after the log says so. */
  markLost(organisation: string, units: readonly UnitReference[]): Promise<void>;

  /** All groups of an organisation, oldest first. */
  groups(organisation: string): Promise<GroupEntry[]>;
  /**
   * Fences a category's day: from here nothing is sealed under it, also where it never had a group. Gives its groups
   * that are not destroyed.
   */
  closeDay(organisation: string, category: string, day: string): Promise<GroupReference[]>;
  /** Fences all groups of an organisation, whose name stays taken. Gives those that are not destroyed. */
  closeOrganisation(organisation: string): Promise<GroupReference[]>;
  /**
   * Destroys group keys, and with them all that hangs under them, in constant time; idempotent, also for groups that are
   * unknown. `event` is the id of the `groups-ended` that names them: the receipt of all that they held.
   */
  destroyGroups(organisation: string, event: string, groups: readonly GroupReference[]): Promise<void>;
  /** How many units hang under groups of a day, ended or not; it takes the longer the more there are. */
  unitsUnder(organisation: string, groups: readonly GroupReference[]): Promise<number>;
  /** At most `limit` units that were kept beside an erasure until before the instant, the earliest first. */
  keptUntilBefore(organisation: string, instant: Date, limit: number): Promise<UnitReference[]>;
  /** Of these units, those that are kept beside an erasure: on which ground, and until when. */
  keptAmong(organisation: string, units: readonly string[]): Promise<Map<string, Omit<Keep, 'unit'>>>;
  /** Takes the links of at most `limit` units of ended days away, and drops rows that may go; 0 when none is left. */
  sweepEndedDays(limit: number): Promise<number>;
  /** Takes away what leads from units of an ended organisation to persons and streams; 0 when none is left. */
  sweepEndedOrganisation(organisation: string, limit: number): Promise<number>;
  /** The organisations that were ever admitted, sorted. */
  organisations(): Promise<{ readonly organisation: string; readonly state: 'active' | 'ended' }[]>;

  /** From here the organisation seals nothing, in this process, and the units open as destroyed by an anchor's word. */
  quarantine(organisation: string, refused: readonly UnitReference[]): void;
  /** Ends the quarantine. */
  release(organisation: string): void;
  /** How often the organisation's vault was compared with its anchor; 0n when never. */
  mark(organisation: string): Promise<bigint>;
  advanceMark(organisation: string): Promise<bigint>;
  /**
   * Has `check` run before anything is opened or sealed on a database that was restarted, or is another than before.
   * Meanwhile who asks for keys waits; the check itself opens with `unguarded`. A check that rejects is run again.
   */
  onReconnected(check: () => Promise<void>): void;
  /** To open with while a check runs. */
  readonly unguarded: Pick<Vault, 'openingKeys'>;

  /** Longest time, in milliseconds, that an opened key stays usable in this process after its destruction. */
  readonly leaseMilliseconds: number;
  /** The longest such time of any process that may hold keys. */
  leaseBound(): Promise<number>;
  close(): Promise<void>;
}
