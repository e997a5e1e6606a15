import { Inject, Injectable } from '@nestjs/common';
import { Recorder } from '@ardoise/decider';
import { kindOf } from '@ardoise/format';
import { Clock } from '@ardoise/time';
import type { Vault } from '@ardoise/vault';
import { OrganisationDirectory } from '../../organisations/queries/organisation-directory';
import { PersonDirectory } from '../../persons/queries/person-directory';
import { VAULT } from '../../platform/tokens';
import { standingOf, type ChoiceRecord, type Standing } from '../domain/choices';
import { consent, type Consent } from '../domain/consent';

/** One consent's stream, read from the log. */
interface Read {
  readonly stream: string;
  readonly state: Consent;
  readonly records: readonly ChoiceRecord[];
}

/** What other capabilities may ask of consents, as the log has it: nothing is sent on a read model that lags. */
@Injectable()
export class ConsentRegister {
  constructor(
    private readonly recorder: Recorder,
    private readonly organisations: OrganisationDirectory,
    private readonly persons: PersonDirectory,
    private readonly clock: Clock,
    @Inject(VAULT) private readonly vault: Vault,
  ) {}

  /** How a person's consent for a purpose stands at this moment, over all aliases. */
  async standing(organisation: string, person: string, purpose: string): Promise<Standing> {
    const policy = this.organisations.policy(organisation);
    const records = (await this.read(organisation, person)).flatMap((one) => one.records);
    const ofPurpose = records.filter((record) => record.purpose === purpose);
    return standingOf(policy, ofPurpose, this.clock.now().toISOString());
  }

  /** Streams of the consents for a purpose that were given and not ended, over all aliases. */
  async given(organisation: string, person: string, purpose: string): Promise<string[]> {
    return (await this.read(organisation, person))
      .filter(({ state }) => state.purpose === purpose && state.choice === 'given')
      .map(({ stream }) => stream);
  }

  private async read(organisation: string, person: string): Promise<Read[]> {
    const aliases = await this.persons.aliases(organisation, person);
    const units = await this.vault.unitsOf(organisation, aliases);
    const streams = units.map(({ stream }) => stream).filter((stream) => kindOf(stream) === consent.kind);
    return Promise.all([...new Set(streams)].map((stream) => this.readOne(organisation, stream)));
  }

  private async readOne(organisation: string, stream: string): Promise<Read> {
    const { state, events } = await this.recorder.load(consent, organisation, stream);
    const records = events.flatMap(({ type, sections, position }) => {
      if (type !== 'consent-recorded' || !sections.self) return [];
      const { occurredAt, fields } = sections.self;
      const { purpose, choice } = fields;
      return [{ consent: stream.slice(-32), purpose, choice, occurredAt, position }];
    });
    return { stream, state, records };
  }
}
