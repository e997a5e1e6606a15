import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '@ardoise/config';
import { eventAt, type EventStore, type StoredEvent } from '@ardoise/event-store';
import { readHeader } from '@ardoise/format';
import { type Letter, MailSender, type Sent } from '@ardoise/mail';
import type { Courier, Delivery, OutboxEntry } from '@ardoise/outbox';
import { ProjectionRuntime } from '@ardoise/projections';
import { LongReaders } from '@ardoise/readers';
import { Clock } from '@ardoise/time';
import { CONFIG, EVENT_STORE } from '../../platform/tokens';
import { LetterFolder } from './letter-folder';
import { LetterMaker } from './letter-maker';

/** Brings letters to the mail server, or into the folder in its place. But for that, nothing of a letter outlives its sending. */
@Injectable()
export class MailCourier implements Courier {
  private readonly sender: MailSender | undefined;
  private readonly isOn: boolean;

  constructor(
    private readonly letters: LetterMaker,
    private readonly folder: LetterFolder,
    private readonly readers: LongReaders,
    private readonly projections: ProjectionRuntime,
    private readonly clock: Clock,
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(CONFIG) { mail }: Config,
  ) {
    this.sender = mail && 'url' in mail ? new MailSender(mail) : undefined;
    this.isOn = mail !== undefined;
  }

  async deliver(entry: OutboxEntry): Promise<Delivery> {
    const { organisation, position, detail } = entry;
    if (!this.isOn) return { kind: 'failed', code: 'mail-off' };
    const stored = await eventAt(this.store, organisation, position);
    if (!stored || readHeader(stored.header).id !== detail.event) return nothing('event-gone');
    // The address was recorded before: with the event, the read model shows it too.
    await this.projections.waitFor(organisation, position);
    // What holds opened content is waited for by whoever destroys its key.
    let said: Delivery | undefined;
    try {
      return await this.readers.during('mail', organisation, async () => {
        const made = await this.letters.make(stored);
        if ('nothing' in made) return nothing(made.nothing);
        const sent = await this.send({ id: entry.key, ...made, sentAt: this.clock.now() }, stored);
        return (said = sent.kind === 'taken' ? { kind: 'delivered' } : sent);
      });
    } catch (error) {
      // What the server has said stands, whatever became of our own remark that we read.
      if (said) return said;
      throw error;
    }
  }

  private async send(letter: Letter, stored: StoredEvent): Promise<Sent> {
    const off = { kind: 'failed', code: 'mail-off' } as const;
    return (await this.folder.keep(letter, stored)) ?? (await this.sender?.send(letter)) ?? off;
  }
}

function nothing(code: string): Delivery {
  return { kind: 'void', code };
}
