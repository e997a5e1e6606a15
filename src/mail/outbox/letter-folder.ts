import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '@ardoise/config';
import type { EventStore, StoredEvent } from '@ardoise/event-store';
import { readHeader } from '@ardoise/format';
import { type Letter, MailFolder, type Sent } from '@ardoise/mail';
import type { Entries, OutboxEntry } from '@ardoise/outbox';
import { Clock } from '@ardoise/time';
import type { Vault } from '@ardoise/vault';
import { CONFIG, EVENT_STORE, VAULT } from '../../platform/tokens';
import { mailDestination } from './mail-planner';

/** So long a letter stays in the folder: less than its outbox entry, which leads to whom it is about. */
const keptMilliseconds = 7 * 86_400_000;

/**
 * Letters as files, where there is no mail server. They say in clear what is sealed everywhere else, so each is removed
 * when the unit of the event that it follows from is open no more, and after a week in any case.
 */
@Injectable()
export class LetterFolder {
  private readonly files: MailFolder | undefined;

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

  /** Removes what is to be there no more. @param organisations default: all that the folder has letters of */
  async sweep(entries: Entries, organisations?: readonly string[]): Promise<void> {
    if (!this.files) return;
    for (const organisation of organisations ?? (await this.files.shelves())) {
      const over: string[] = [];
      for (const { file, id, sentAt } of await this.files.list(organisation)) {
        const old = this.clock.now().getTime() - sentAt.getTime() >= keptMilliseconds;
        if (old || !(await this.isFor(await entries.find({ organisation, destination: mailDestination }, id)))) {
          over.push(file);
        }
      }
      await this.files.remove(organisation, over);
    }
  }

  /** What leads nowhere cannot be found again when it has to go. */
  private async isFor(entry: OutboxEntry | undefined): Promise<boolean> {
    if (!entry) return false;
    const { organisation, position, detail } = entry;
    const [stored] = await this.store.readLog(organisation, position - 1n, 1);
    if (stored?.position !== position || readHeader(stored.header).id !== detail.event) return false;
    return this.isOpen(stored);
  }

  private async isOpen({ organisation, stream, header }: StoredEvent): Promise<boolean> {
    const units = await this.vault.unitsOfStream(organisation, stream);
    const active = new Set(units.filter(({ state }) => state === 'active').map(({ unit }) => unit));
    return readHeader(header).sections.every(({ unit }) => active.has(unit));
  }
}
