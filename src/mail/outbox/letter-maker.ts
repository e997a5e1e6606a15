import { Inject, Injectable } from '@nestjs/common';
import { Refusal } from '@ardoise/decider';
import type { StoredEvent } from '@ardoise/event-store';
import { Opener, type AnyOpened, type OpenedOf } from '@ardoise/sealing';
import { Clock } from '@ardoise/time';
import type { Vault } from '@ardoise/vault';
import { CourseCatalogue } from '../../courses/queries/course-catalogue';
import { enrolmentDecided } from '../../enrolments/domain/events';
import { EnrolmentRegister, type RegisteredEnrolment } from '../../enrolments/queries/enrolment-register';
import { OfferRegister, placeOffered } from '../../enrolments/queries/offer-register';
import { OrganisationDirectory } from '../../organisations/queries/organisation-directory';
import { PersonContacts } from '../../persons/queries/person-contacts';
import { VAULT } from '../../platform/tokens';
import { SessionCalendar } from '../../sessions/queries/session-calendar';
import { type Letter, type LetterKind, letterOf } from '../letters/letters';

/** A letter and where it goes, or why there is none. */
export type Made = (Letter & { readonly to: string }) | { readonly nothing: string };

interface About {
  readonly kind: LetterKind;
  readonly enrolment: RegisteredEnrolment;
  readonly answerBy?: string;
}

/** What somebody was to be told so long ago is no news any more: neither after an outage, nor after an import. */
const tooOldMilliseconds = 3 * 86_400_000;

/** Makes letters when they are sent, of what is so, and can be opened, then. */
@Injectable()
export class LetterMaker {
  constructor(
    private readonly opener: Opener,
    private readonly register: EnrolmentRegister,
    private readonly offers: OfferRegister,
    private readonly calendar: SessionCalendar,
    private readonly courses: CourseCatalogue,
    private readonly contacts: PersonContacts,
    private readonly directory: OrganisationDirectory,
    private readonly clock: Clock,
    @Inject(VAULT) private readonly vault: Vault,
  ) {}

  async make(stored: StoredEvent): Promise<Made> {
    const { organisation, stream } = stored;
    const [event] = await this.opener.open(organisation, [stored]);
    const { occurredAt } = event?.sections.learner ?? {};
    const happened = Math.min(...[event?.recordedAt, occurredAt].map((at) => Date.parse(at ?? '')));
    if (this.clock.now().getTime() - happened > tooOldMilliseconds) return { nothing: 'too-old' };
    const about = event && (await this.about(event));
    if (!about) return { nothing: 'overtaken' };
    // What is fenced, or kept on a ground beside an erasure, is not for letters.
    const units = await this.vault.unitsOfStream(organisation, stream);
    const own = event.sections.learner?.unit;
    if (units.find(({ unit }) => unit === own)?.state !== 'active') return { nothing: 'recipient-gone' };
    const contact = await this.contacts.of(organisation, about.enrolment.person);
    if (!contact) return { nothing: 'recipient-gone' };
    if (contact.email === undefined) return { nothing: 'no-address' };
    const { kind, answerBy, enrolment } = about;
    const matter = {
      kind,
      course: (await this.courses.definition(organisation, enrolment.course)).title,
      ...(contact.givenName === undefined ? {} : { givenName: contact.givenName }),
      ...(answerBy === undefined ? {} : { answerBy }),
      ...(enrolment.session === undefined
        ? {}
        : { session: await this.calendar.session(organisation, enrolment.session) }),
    };
    return { to: contact.email, ...letterOf(matter, this.directory.policy(organisation)) };
  }

  /** What there is to say of an event now; nothing where something else has come since. */
  private async about(event: AnyOpened): Promise<About | undefined> {
    const { organisation, stream } = event;
    if (event.type === placeOffered.type) {
      const open = await this.offers.open(organisation, stream);
      const { learner } = (event as unknown as OpenedOf<typeof placeOffered>).sections;
      if (!open || open.answerBy !== learner?.fields.answerBy) return undefined;
      const enrolment = await this.enrolment(organisation, open.enrolment);
      // Whoever has left since is not asked any more, and it is told to the offer.
      const waits = enrolment?.state === 'waiting' && enrolment.session === open.session;
      return waits ? { kind: 'place-offered', enrolment, answerBy: open.answerBy } : undefined;
    }
    const { learner } = (event as unknown as OpenedOf<typeof enrolmentDecided>).sections;
    const enrolment = await this.enrolment(organisation, stream.slice(-32));
    const decision = learner?.fields.decision;
    if (!enrolment || decision !== enrolment.state || decision === 'refused') return undefined;
    return { kind: decision === 'confirmed' ? 'place-confirmed' : 'place-waiting', enrolment };
  }

  private async enrolment(organisation: string, id: string): Promise<RegisteredEnrolment | undefined> {
    try {
      return await this.register.get(organisation, id);
    } catch (error) {
      if (error instanceof Refusal) return undefined;
      throw error;
    }
  }
}
