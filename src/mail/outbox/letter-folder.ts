import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '@ardoise/config';
import { eventAt, type EventStore, type StoredEvent } from '@ardoise/event-store';
import { readHeader } from '@ardoise/format';
import { type Letter, MailFolder, type Sent } from '@ardoise/mail';
import type { Entries, OutboxEntry } from '@ardoise/outbox';
import { Clock } from '@ardoise/time';
import type { Vault } from '@ardoise/vault';
import { CONFIG, EVENT_STORE, VAULT } from '../../platform/tokens';
import { letterKeys, mailDestination } from './mail-planner';

/** So long a letter stays in the folder: less than its outbox entry, which leads to whom it is about. */
const keptMilliseconds = 7 * 86_400_000;
/** Who asks while so much of a key's lease has passed since the last sweep began is answered with it. */
const sharedOfLease = 1 / 10;

interface Sweep {
  readonly began: number;
  readonly done: Promise<void>;
}

/**
 * Letters as files, where there is no mail server. They say in clear what is sealed everywhere else, so each is removed
 * when the unit of the event that it follows from is open no more, and after a week in any case.
 */
@Injectable()
export class LetterFolder {
  private readonly files: MailFolder | undefined;
  private readonly sweeps = new Map<string, Sweep>();

  constructor(
    private readonly clock: Clock,
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(VAULT) private readonly vault: Vault,
    @Inject(CONFIG) { mail }: Config,
  ) {
    this.files = mail && 'folder' in mail ? new MailFolder(mail) : undefined;
  }

  /** Nothing where letters go to a server, or nowhere. @throws MailFolderError */
  async prepare(): Promise<void> {
    await this.files?.prepare();
  }

  /**
   * Writes a letter down; undefined where there is no folder. Whoever is fenced while it is written finds it, or it finds
   * that they are.
   */
  async keep(letter: Letter, stored: StoredEvent): Promise<Sent | undefined> {
    if (!this.files) return undefined;
    const { organisation } = stored;
    const sent = await this.files.send(letter, organisation);
    if (sent.kind === 'taken' && !(await this.isOpen(stored)))
      await this.files.remove(organisation, [`${letter.id}.eml`]);
    return sent;
  }

  /** Removes what is to be there no more, of every organisation that this installation has. */
  async sweep(entries: Entries): Promise<void> {
    if (!this.files) return;
    const shelves = new Set(await this.files.shelves());
    for (const organisation of await this.store.organisations()) {
      if (shelves.has(organisation)) await this.sweepShelf(entries, organisation);
    }
  }

  /**
   * Removes what is to be there no more of one organisation. Each end of keys asks, long after it has fenced them: those
   * that ask at about the same time share a sweep.
   */
  async sweepOf(entries: Entries, organisation: string): Promise<void> {
    if (!this.files) return;
    const now = performance.now();
    const last = this.sweeps.get(organisation);
    if (last && now - last.began < this.vault.leaseMilliseconds * sharedOfLease) return last.done;
    const done = this.sweepShelf(entries, organisation);
    this.sweeps.set(organisation, { began: now, done });
    // What failed is tried again by whoever asks next.
    done.catch(() => this.sweeps.delete(organisation));
    return done;
  }

  private async sweepShelf(entries: Entries, organisation: string): Promise<void> {
    if (!this.files) return;
    const over: string[] = [];
    for (const { file, id, sentAt } of await this.files.list(organisation, letterKeys)) {
      const old = this.clock.now().getTime() - sentAt.getTime() >= keptMilliseconds;
      if (old || !(await this.isFor(await entries.find({ organisation, destination: mailDestination }, id)))) {
        over.push(file);
      }
    }
    await this.files.remove(organisation, over);
  }

  /** What leads nowhere cannot be found again when it has to go. */
  private async isFor(entry: OutboxEntry | undefined): Promise<boolean> {
    if (!entry) return false;
    const { organisation, position, detail } = entry;
    const stored = await eventAt(this.store, organisation, position);
    return stored !== undefined && readHeader(stored.header).id === detail.event && this.isOpen(stored);
  }

  private async isOpen({ organisation, stream, header }: StoredEvent): Promise<boolean> {
    const units = await this.vault.unitsOfStream(organisation, stream);
    const active = new Set(units.filter(({ state }) => state === 'active').map(({ unit }) => unit));
    return readHeader(header).sections.every(({ unit }) => active.has(unit));
  }
}
