import { Injectable } from '@nestjs/common';
import type { StoredEvent } from '@ardoise/event-store';
import { readHeader } from '@ardoise/format';
import type { NewEntry, Plan, Planner } from '@ardoise/outbox';
import { enrolmentDecided } from '../../enrolments/domain/events';
import { placeOffered } from '../../enrolments/queries/offer-register';

/** All mail of an organisation goes to one server. */
export const mailDestination = 'mail';

/** What the key of a letter is like: that of the event it follows from. */
export const letterKeys = /^mail_[0-9a-f]{32}$/;

/** Events of which somebody may have to be written to. */
const types: ReadonlySet<string> = new Set([enrolmentDecided.type, placeOffered.type]);

/** Says from headers which events are to be looked at when it is their turn; whether there is a letter is known then. */
@Injectable()
export class MailPlanner implements Planner {
  plan(_organisation: string, _feed: string, events: readonly StoredEvent[]): Promise<Plan> {
    const entries = events.flatMap(({ header, position }): NewEntry[] => {
      const { id, type, stream } = readHeader(header);
      if (!types.has(type)) return [];
      const detail = { event: id };
      return [{ destination: mailDestination, key: `mail_${id}`, stream, position, kind: type, detail }];
    });
    return Promise.resolve({ entries });
  }
}
