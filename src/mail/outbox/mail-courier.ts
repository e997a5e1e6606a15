import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '@ardoise/config';
import type { EventStore } from '@ardoise/event-store';
import { readHeader } from '@ardoise/format';
import { MailSender } from '@ardoise/mail';
import type { Courier, Delivery, OutboxEntry } from '@ardoise/outbox';
import { ProjectionRuntime } from '@ardoise/projections';
import { LongReaders } from '@ardoise/readers';
import { Clock } from '@ardoise/time';
import { CONFIG, EVENT_STORE } from '../../platform/tokens';
import { LetterMaker } from './letter-maker';

/** Brings letters to the mail server. Nothing of a letter outlives its sending. */
@Injectable()
export class MailCourier implements Courier {
  private readonly sender: MailSender | undefined;

  constructor(
    private readonly letters: LetterMaker,
    private readonly readers: LongReaders,
    private readonly projections: ProjectionRuntime,
    private readonly clock: Clock,
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(CONFIG) { mail }: Config,
  ) {
    this.sender = mail && new MailSender(mail);
  }

  async deliver(entry: OutboxEntry): Promise<Delivery> {
    const { sender } = this;
    const { organisation, position, detail } = entry;
    if (!sender) return { kind: 'failed', code: 'mail-off' };
    const [stored] = await this.store.readLog(organisation, position - 1n, 1);
    if (stored?.position !== position) return nothing('event-gone');
    if (readHeader(stored.header).id !== detail.event) return nothing('event-gone');
    // The address was recorded before: with the event, the read model shows it too.
    await this.projections.waitFor(organisation, position);
    // What holds opened content is waited for by whoever destroys its key.
    let said: Delivery | undefined;
    try {
      return await this.readers.during('mail', organisation, async () => {
        const made = await this.letters.make(stored);
        if ('nothing' in made) return nothing(made.nothing);
        const sent = await sender.send({ id: entry.key, ...made, sentAt: this.clock.now() });
        return (said = sent.kind === 'taken' ? { kind: 'delivered' } : sent);
      });
    } catch (error) {
      // What the server has said stands, whatever became of our own remark that we read.
      if (said) return said;
      throw error;
    }
  }
}

function nothing(code: string): Delivery {
  return { kind: 'void', code };
}
