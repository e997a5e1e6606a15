import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { conflict, invalid, notFound, Recorder, Refusal } from '@ardoise/decider';
import { makeDisclosure } from '@ardoise/disclosure';
import type { EventStore, StoredEvent } from '@ardoise/event-store';
import { kindOf, leafHash, readHeader } from '@ardoise/format';
import { LongReaders } from '@ardoise/readers';
import { Opener } from '@ardoise/sealing';
import type { Vault } from '@ardoise/vault';
import { EndedUnits } from '../../../erasures/queries/ended-units';
import { PersonDirectory } from '../../../persons/queries/person-directory';
import { LedgerProofs, type LeafProof, type LedgerProof } from '../../../platform/ledger-proofs';
import { EVENT_STORE, VAULT } from '../../../platform/tokens';
import { choose, type ChosenSection, type ClosedChoice } from '../../domain/choice';
import { disclosure, disclosureIn, type RecordDisclosure } from '../../domain/disclosure';
import { disclosureCategory, keptCategories, keptKinds } from '../../domain/events';
import { MakeDisclosureCommand, type AskedDisclosure, type MadeDisclosure } from './make-disclosure.command';

/** What is to be disclosed, opened and looked at. */
interface Opened {
  readonly stored: StoredEvent;
  readonly chosen: readonly ChosenSection[];
  readonly person: string;
  /** Beside an erasure, on the ground that was named. */
  readonly kept: boolean;
}

/**
 * First it is proven and on record, then it is handed out: there is no file without a record. What is opened is held as
 * by any long reader, so that an erasure waits for it.
 */
@CommandHandler(MakeDisclosureCommand)
export class MakeDisclosureHandler implements ICommandHandler<MakeDisclosureCommand> {
  constructor(
    private readonly recorder: Recorder,
    private readonly opener: Opener,
    private readonly readers: LongReaders,
    private readonly persons: PersonDirectory,
    private readonly ended: EndedUnits,
    private readonly proofs: LedgerProofs,
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(VAULT) private readonly vault: Vault,
  ) {}

  execute(command: MakeDisclosureCommand): Promise<MadeDisclosure> {
    return this.readers.during('disclosure', command.context.organisation, () => this.disclose(command));
  }

  private async disclose(command: MakeDisclosureCommand): Promise<MadeDisclosure> {
    const { organisation } = command.context;
    const opened = await this.open(organisation, command.asked);
    const [proof] = (await this.proofs.prove(organisation, [opened.stored.position])) as [LedgerProof];
    const text = this.write(opened, proof);
    const { id, repeated } = await this.record(command, opened);
    const { tree } = proof;
    const { index } = proof.leaves[0] as LeafProof;
    const hash = leafHash(opened.stored.header).toString('hex');
    return {
      record: id,
      repeated,
      disclosure: text,
      leaf: { origin: tree.origin, incarnation: tree.incarnation, index, hash },
    };
  }

  private async open(organisation: string, { stream, version, sections, to }: AskedDisclosure): Promise<Opened> {
    const [stored] = await this.store.readStream(organisation, stream, version);
    if (stored?.version !== version) throw notFound('event-not-found', 'there is no such event');
    const { open: chosen, closed } = choose(await this.opener.openFields(organisation, stored), sections);
    const [gone] = closed;
    if (gone) throw await this.goneFor(organisation, gone);
    const persons = new Set(chosen.map(({ opened }) => opened.key.person));
    const [person] = persons;
    if (person === undefined || persons.size > 1)
      throw invalid('several-persons', 'a disclosure shows what concerns one person', '/sections');
    const kept = await this.isKept(organisation, stream, chosen, to.ground);
    if (!kept) await this.persons.require(organisation, person);
    return { stored, chosen, person, kept };
  }

  private async goneFor(organisation: string, { unit, state }: ClosedChoice): Promise<Refusal> {
    if (state === 'lost') return new Refusal('gone', 'lost', 'the key of what was asked for was lost');
    const by = (await this.ended.find(organisation, [unit])).get(unit);
    const event = by ? `, by event ${by.event}` : '';
    return new Refusal('gone', 'erased', `what was asked for has been erased${event}`);
  }

  /** @throws Refusal `kept-on-another-ground`, `person-erased` */
  private async isKept(
    organisation: string,
    stream: string,
    chosen: readonly ChosenSection[],
    ground: string,
  ): Promise<boolean> {
    const units = chosen.map(({ opened }) => opened.key.unit);
    const kept = await this.vault.keptAmong(organisation, units);
    if (kept.size === 0) return false;
    const isRecordable =
      kept.size === new Set(units).size &&
      (keptKinds as readonly string[]).includes(kindOf(stream)) &&
      chosen.every(({ opened }) => (keptCategories as readonly string[]).includes(opened.key.category));
    if (!isRecordable) throw new Refusal('gone', 'person-erased', 'the person has been erased');
    if ([...kept.values()].every((one) => one.ground === ground)) return true;
    throw conflict(
      'kept-on-another-ground',
      'this is kept beside an erasure, and disclosed on the very ground that it is kept on',
      '/ground',
    );
  }

  private write({ stored, chosen }: Opened, { leaves, checkpoint, keys }: LedgerProof): string {
    const sections = chosen.map(({ section, opened, shown }) => ({ section, fields: opened.fields, shown }));
    const { index, proof } = leaves[0] as LeafProof;
    return makeDisclosure({ header: stored.header, sections, index, proof, checkpoint, keys });
  }

  private async record(
    { context, asked }: MakeDisclosureCommand,
    { stored, chosen, person, kept }: Opened,
  ): Promise<{ id: string; repeated: boolean }> {
    const { id: event, type: eventType } = readHeader(stored.header);
    const sections = chosen.map(({ opened, shown }) => ({ category: opened.key.category, fields: shown }));
    const command: RecordDisclosure = {
      person,
      category: kept ? (chosen[0] as ChosenSection).opened.key.category : disclosureCategory,
      to: asked.to,
      scope: { event, eventType, sections },
    };
    const stream = kept ? asked.stream : await this.recorder.newStream(disclosure.kind, context);
    const decider = kept ? disclosureIn(kindOf(stream)) : disclosure;
    const { events, repeated } = await this.recorder.execute(decider, stream, command, context);
    return { id: (events[0] as { id: string }).id, repeated };
  }
}
