import { Inject, Injectable } from '@nestjs/common';
import { notFound, Recorder, type CommandContext, type Outcome } from '@ardoise/decider';
import type { Vault } from '@ardoise/vault';
import { recordedThing, type RecordedThing } from '../../platform/recorded-thing';
import { VAULT } from '../../platform/tokens';
import type { PersonOpened } from '../domain/events';
import { person, type Person } from '../domain/person';
import { PersonDirectory } from '../queries/person-directory';

/** A person's own stream as it stands before a command. */
export interface PersonStream {
  readonly stream: string;
  readonly state: Person;
  readonly version: number;
  /** The command had been carried out before: what it claimed then is not claimed again. */
  readonly repeated: boolean;
}

/** The way from a person to their own stream: only the vault knows it, and forgets it with them. */
@Injectable()
export class PersonStreams {
  constructor(
    private readonly directory: PersonDirectory,
    private readonly recorder: Recorder,
    @Inject(VAULT) private readonly vault: Vault,
  ) {}

  /** @throws Refusal `person-not-found`, `person-erased` */
  async of(organisation: string, id: string): Promise<string> {
    const { stream } = await this.directory.requireLiving(organisation, id);
    if (stream === undefined) throw notFound('person-not-found', 'there is no such person');
    return stream;
  }

  /** The stream of a person whom a command is about, with its state. @throws Refusal as `of` */
  async before({ organisation, commandId }: CommandContext, id: string): Promise<PersonStream> {
    const stream = await this.of(organisation, id);
    const { state, version, events } = await this.recorder.load(person, organisation, stream);
    const naming = await this.vault.naming(organisation);
    const command = naming.command(stream, commandId).toString('hex');
    return { stream, state, version, repeated: events.some((event) => event.command === command) };
  }
}

/** What a command says of a person; the id is theirs, never their stream's. */
export function recordedPerson(id: string, outcome: Outcome<Person, PersonOpened>): RecordedThing {
  return { ...recordedThing(outcome), id };
}
