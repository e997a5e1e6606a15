import { randomInt } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { checkpointPath, keysPath, ledgerPath, limits, type LedgerFiles } from '@ardoise/bundle';
import { tileWidth, type TrustPolicy } from '@ardoise/ledger';
import { lengthPrefixed, sha256Hex } from '@ardoise/format';
import { LogReader } from '../log/log-reader';
import { ownVocabulary, readVocabulary } from './bundled-vocabulary';
import { CheckpointFeed } from './checkpoint-feed';
import { Checks, type CheckReport, type Verdict } from './checks';
import { readDescription, type Description } from './description';
import { EndedDays } from './ended-days';
import { EventChecks } from './event-checks';
import { ExpectedRoots } from './expected-roots';
import { readReopenings, type Reopening } from './incarnations';
import { Partitions } from './partitions';
import { Places } from './places';
import { LoggedPolicies } from './policies';
import { checkReceipts } from './receipts';
import { refusalOf } from './refusal';
import { SpooledFiles } from './spooled-files';
import { checkFiles } from './stated-files';
import { Streams } from './streams';
import { Timestamps, type VerifyToken } from './timestamps';
import { TreeWalk } from './tree-walk';
import { readTrust, type Trust } from './trust';
import { TypeChecks } from './type-checks';
import { Units } from './units';
import { readVaultList } from './vault-list';
import { VaultWords } from './vault-words';
import { WorkFolder, type Saved, type TreeText } from './work-folder';

export interface VerificationOptions {
  readonly policy?: { readonly text: string; readonly trust: TrustPolicy };
  /** Checkpoints that somebody kept, by a name to tell them by. */
  readonly older?: readonly { readonly name: string; readonly bytes: Buffer }[];
  readonly verifyToken?: VerifyToken;
  /** Whether an older bundle lies under an increment: what the increment leaves out is there. */
  readonly layered?: boolean;
  readonly work?: WorkFolder;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number, note: string) => void;
  /** Milliseconds in which a served ledger signs what its vault says ended. */
  readonly untilSigned?: number;
  /** How many events between two savings; a test saves often. */
  readonly saveEvery?: number;
}

export interface Verification {
  readonly verdict: Verdict;
  readonly organisation?: string;
  readonly madeAt?: string;
  readonly trees: readonly TreeText[];
  readonly checks: readonly CheckReport[];
}

/** Asked to stop; what was done is kept where a file to go on from was named. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
}

/** Keys in one file of records: so many streams or units are held in memory at once. */
const keysInPartition = 40_000;
const mostPartitions = 256;
const saveEvery = 50_000;

/** Recomputes everything from the bytes of a ledger's files. @throws InterruptedError; BundleError for files that do not come */
export async function verify(files: LedgerFiles, options: VerificationOptions = {}): Promise<Verification> {
  const folder = options.work ?? WorkFolder.temporary();
  let keep = folder.isResumable;
  try {
    const spooled = files.list === undefined ? await spool(files, folder, options) : files;
    const result = await verifyIn(spooled, folder, options);
    keep = false;
    return result;
  } finally {
    folder.close(keep);
  }
}

/** Milliseconds: a sequencer signs every second what there is. */
const untilSigned = 3_000;

async function spool(files: LedgerFiles, folder: WorkFolder, options: VerificationOptions): Promise<LedgerFiles> {
  const spooled = await SpooledFiles.of(files, folder.path);
  await setTimeout(options.untilSigned ?? untilSigned);
  return spooled;
}

async function verifyIn(files: LedgerFiles, folder: WorkFolder, options: VerificationOptions): Promise<Verification> {
  let description: Description;
  try {
    description = await readDescription(files);
  } catch (error) {
    const checks = new Checks();
    checks.wrong('files', refusalOf(error));
    for (const { check } of checks.reports())
      if (check !== 'files') checks.unchecked(check, 'ledger.json cannot be read');
    return { verdict: checks.verdict(), trees: [], checks: checks.reports() };
  }
  const run = await Run.begin(files, folder, description, options);
  try {
    await run.walk();
    await run.conclude();
    return run.result();
  } finally {
    run.close();
  }
}

/** One verification, from its beginning or from where an earlier one was stopped. */
class Run {
  private readonly log: LogReader;
  private readonly places: Places;
  private readonly streams: Partitions;
  private readonly units: Partitions;
  private readonly words: VaultWords;
  private readonly days: EndedDays;
  private readonly policies: LoggedPolicies;
  private readonly unitChecks: Units;
  private events!: EventChecks;
  private reopenings!: Map<number, Reopening>;
  private expected!: ExpectedRoots;
  private vault = false;
  private finishTypes: () => void = () => undefined;

  private constructor(
    private readonly files: LedgerFiles,
    private readonly folder: WorkFolder,
    private readonly description: Description,
    private readonly options: VerificationOptions,
    private readonly trust: Trust,
    private readonly checks: Checks,
    private readonly subject: string,
    private readonly secret: number,
    private readonly saved: Saved | undefined,
  ) {
    const total = this.total;
    this.log = new LogReader(files, description.trees);
    this.places = new Places(this.log, description.trees, this.isIncrement);
    const count = Math.min(mostPartitions, Math.max(1, Math.ceil(total / keysInPartition)));
    this.streams = new Partitions(folder.path, 'streams', saved?.streams.length ?? count, secret, saved?.streams);
    this.units = new Partitions(folder.path, 'units', saved?.units.length ?? count, secret, saved?.units);
    this.words = new VaultWords(folder.path, saved?.words);
    this.days = new EndedDays(checks, saved?.days);
    this.policies = new LoggedPolicies(checks, saved?.policies);
    this.unitChecks = new Units(this.units, checks, this.places, this.days);
  }

  static async begin(
    files: LedgerFiles,
    folder: WorkFolder,
    announced: Description,
    options: VerificationOptions,
  ): Promise<Run> {
    const subject = await subjectOf(files, announced, options);
    const saved = folder.saved(subject);
    const description = saved && files.list === undefined ? asSaved(announced, saved) : announced;
    const before = new Checks(saved?.checks);
    // What the keys are is looked at again, and told once.
    const trust = await readTrust(files, description, saved ? new Checks() : before, options.policy?.trust);
    const run = new Run(
      files,
      folder,
      description,
      options,
      trust,
      before,
      subject,
      saved?.secret ?? randomInt(2 ** 32),
      saved,
    );
    await run.prepare();
    return run;
  }

  private get total(): number {
    return this.description.trees.reduce((sum, { size }) => sum + size, 0);
  }

  /** Whether earlier events are not here. */
  private get isIncrement(): boolean {
    const { since } = this.description;
    return since !== undefined && !this.options.layered && (since.incarnation > 1 || since.size >= tileWidth);
  }

  private async prepare(): Promise<void> {
    const { files, checks, description, saved, trust, options } = this;
    const again = saved ? new Checks() : checks;
    const { others, declared } = await readVocabulary(files, again);
    const types = new TypeChecks(ownVocabulary(), others, checks);
    this.finishTypes = () => declared && types.finish(declared);
    this.reopenings = await readReopenings(this.log, description, options.layered === true, again);
    this.expected = new ExpectedRoots({ description, trust, reopenings: this.reopenings, checks: again });
    for (const { name, bytes } of options.older ?? []) this.expected.addOlder(bytes, name);
    this.expected.addReopenings(this.places);
    const { organisation } = description;
    this.events = new EventChecks(
      {
        organisation,
        checks,
        types,
        streams: new Streams(this.streams, checks, this.places),
        units: this.unitChecks,
        days: this.days,
        policies: this.policies,
        words: this.words,
      },
      saved?.clock,
    );
    // Before anything of a ledger that is served: what the vault says ended by now, its log named before.
    this.vault = saved ? saved.vault : await readVaultList(files, this.unitChecks, checks);
  }

  async walk(): Promise<void> {
    const { description, saved, checks } = this;
    if (this.isIncrement) {
      for (const check of ['entries', 'leaves', 'streams', 'types', 'units'] as const) {
        checks.unchecked(check, 'events before this increment (--with names the bundle that has them)');
      }
    }
    if (description.trees.length === 0) {
      const why = 'ledger.json names no tree: nothing was signed yet, or it was left out (--older tells)';
      checks.unchecked('tree', why);
    }
    for (const tree of description.trees) {
      if (saved && tree.incarnation < saved.incarnation) continue;
      const feed = this.feedOf(tree);
      const start = this.startOf(tree);
      const resumed = saved?.incarnation === tree.incarnation ? saved.leaf : 0;
      if (resumed > 0) await feed.skipThrough(resumed);
      if (start !== undefined) await this.walkTree(tree, feed, Math.max(start, resumed));
      else checks.unchecked('tree', `incarnation ${tree.incarnation}, which is before this increment`);
      await feed.finish();
    }
    this.save(description.trees.length + 1, 0);
    this.finishTypes();
  }

  private feedOf(tree: Description['trees'][number]): CheckpointFeed {
    const timestamps = new Timestamps(this.checks, this.options.verifyToken);
    const found = this.reopenings.get(tree.incarnation + 1)?.found;
    return new CheckpointFeed(this.files, tree, this.trust, timestamps, this.checks, this.isServed, found);
  }

  private get isServed(): boolean {
    return this.files.list === undefined;
  }

  /** The leaf from which on there are entries; nothing where there are none. */
  private startOf({ incarnation }: { readonly incarnation: number }): number | undefined {
    const { since } = this.description;
    if (!since || this.options.layered || incarnation > since.incarnation) return 0;
    if (incarnation < since.incarnation) return undefined;
    return since.size - (since.size % tileWidth);
  }

  private async walkTree(tree: Description['trees'][number], feed: CheckpointFeed, start: number): Promise<void> {
    const { options, checks, events, log } = this;
    const ordinal = this.places.ordinalOf(tree.incarnation, 0);
    let due = start + (options.saveEvery ?? saveEvery);
    const walk = new TreeWalk({
      tree,
      log,
      feed,
      expected: this.expected.of(tree.incarnation),
      events,
      checks,
      ordinal,
      inLog: Math.min(tree.size, this.reopenings.get(tree.incarnation + 1)?.found.size ?? tree.size),
      between: async (leaf) => {
        await this.days.finish(this.places);
        options.onProgress?.(ordinal + leaf, this.total, 'events');
        const stops = options.signal?.aborted === true;
        if ((stops || leaf >= due) && leaf % tileWidth === 0) this.save(tree.incarnation, leaf);
        if (leaf >= due) due = leaf + (options.saveEvery ?? saveEvery);
        this.mustGoOn();
      },
    });
    await walk.run(start);
  }

  private save(incarnation: number, leaf: number): void {
    if (!this.folder.isResumable) return;
    const { checks, days, policies, events, subject, secret } = this;
    this.folder.save({
      format: 1,
      subject,
      secret,
      incarnation,
      leaf,
      ...(Number.isFinite(events.clock) ? { clock: events.clock } : {}),
      streams: this.streams.flush(),
      units: this.units.flush(),
      words: this.words.bytes,
      vault: this.vault,
      trees: treesOf(this.description),
      checks,
      days,
      policies,
    });
  }

  /** What is told when the whole log was seen. */
  async conclude(): Promise<void> {
    const { files, checks, description, trust, places, words } = this;
    const { organisation } = description;
    const between =
      (note: string) =>
      async (done: number, of: number): Promise<void> => {
        this.options.onProgress?.(done, of, note);
        // Lets a signal come in.
        await new Promise((resolve) => setImmediate(resolve));
        this.mustGoOn();
      };
    await new Streams(this.streams, checks, places).check(between('streams'));
    await this.unitChecks.check({ clock: this.events.clock, vault: this.vault && !this.isIncrement }, between('units'));
    if (this.vault && this.isIncrement) checks.unchecked('vault', 'ends that were named before this increment');
    await checkReceipts(files, { organisation, trust, checks, ...(this.isIncrement ? {} : { words }) });
    await this.policies.check(files);
    await checkFiles(files, description, (version) => this.isIncrement || this.policies.has(version), checks);
  }

  private mustGoOn(): void {
    if (this.options.signal?.aborted) throw new InterruptedError('interrupted');
  }

  result(): Verification {
    const { organisation, madeAt } = this.description;
    return {
      verdict: this.checks.verdict(),
      organisation,
      madeAt,
      trees: treesOf(this.description),
      checks: this.checks.reports(),
    };
  }

  close(): void {
    this.streams.close();
    this.units.close();
    this.words.close();
  }
}

function treesOf({ trees }: Description): TreeText[] {
  return trees.map(({ incarnation, origin, size, root }) => ({
    incarnation,
    origin,
    size,
    root: root.toString('base64'),
  }));
}

/** A ledger that is served has grown since; work on what it was is gone on with. */
function asSaved(description: Description, saved: Saved): Description {
  const trees = saved.trees.map((tree) => ({ ...tree, root: Buffer.from(tree.root, 'base64') }));
  return { ...description, trees };
}

/** Names what is verified and with what, so that work on something else is not gone on with. */
async function subjectOf(
  files: LedgerFiles,
  { base, trees }: Description,
  options: VerificationOptions,
): Promise<string> {
  const parts: (string | Buffer)[] = [
    'ardoise/verification/1',
    base,
    options.policy?.text ?? '',
    options.layered ? 'layered' : '',
  ];
  const whole =
    files.list === undefined ? [] : [ledgerPath, ...trees.map(({ incarnation }) => checkpointPath(incarnation))];
  for (const path of [keysPath, ...whole]) {
    parts.push((await files.read(path, limits.keys).catch(() => undefined)) ?? '');
  }
  for (const { bytes } of options.older ?? []) parts.push(bytes);
  return sha256Hex(lengthPrefixed(parts));
}
