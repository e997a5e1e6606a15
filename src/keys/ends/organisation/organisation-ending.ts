import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '@ardoise/time';
import type { Vault } from '@ardoise/vault';
import { EndedOrganisations, noticedWithinMilliseconds } from '../../../platform/ended-organisations';
import { Passage } from '../../../platform/passage';
import { Platform } from '../../../platform/platform';
import { groupsEnded } from '../../domain/events';
import { VAULT } from '../../../platform/tokens';
import { Keyring } from '../../keyring';
import { endedGroupsOf, type EndedGroups } from '../ended-groups';
import type { ExportedLog, HandOver } from '../../handed-over';
import { signed, type OrganisationReceipt } from '../signed-receipt';
import { OrganisationEnds, type OrganisationEnd } from './organisation-ends';
import { OrganisationTraces } from './organisation-traces';

/** Where a crash can be put right there. */
export const organisationEndSteps = [
  'organisation-end/begun',
  'organisation-end/closed',
  'organisation-end/exported',
  'organisation-end/recorded',
  'organisation-end/destroyed',
  'organisation-end/forgotten',
  'organisation-end/completed',
] as const;

const sweptAtOnce = 1_000;

/**
 * Ends a whole organisation: the end of a processor's contract. Each step can be repeated. Up to the record in the log
 * it is carried on by whoever asked for it, since only they can reach the export; from there on by the schedule too.
 */
@Injectable()
export class OrganisationEnding {
  constructor(
    private readonly ends: OrganisationEnds,
    private readonly traces: OrganisationTraces,
    private readonly keyring: Keyring,
    private readonly passage: Passage,
    private readonly ended: EndedOrganisations,
    private readonly clock: Clock,
    private readonly platform: Platform,
    @Inject(VAULT) private readonly vault: Vault,
  ) {}

  find(organisation: string): Promise<OrganisationEnd | undefined> {
    return this.ends.find(organisation);
  }

  /**
   * From here nothing new is recorded for it; there is no way back. Not in quarantine: closed, it could not be recovered
   * any more, and what is exported would be the log that is too old.
   * @throws VaultError `organisation-quarantined`
   */
  async begin(organisation: string): Promise<void> {
    this.platform.quarantines.mustBeOpen(organisation);
    await this.ends.begin(organisation);
    await this.platform.steps.done('organisation-end/begun');
  }

  /** Goes as far as it can; gives where it stands then. Asked again until that is `completed`. */
  async advance(organisation: string, handOver?: HandOver): Promise<OrganisationEnd | undefined> {
    for (;;) {
      const row = await this.ends.find(organisation);
      if (row === undefined || !(await this.step(row, handOver))) return row;
    }
  }

  /** Whether a step was done. */
  private async step(row: OrganisationEnd, handOver?: HandOver): Promise<boolean> {
    switch (row.state) {
      case 'begun':
        return this.platform.quarantines.of(row.organisation) === undefined && this.close(row);
      case 'closed':
        return handOver !== undefined && this.export(row, handOver);
      case 'exported':
        return handOver !== undefined && this.record(row, handOver);
      case 'recorded':
        return this.destroy(row);
      case 'destroyed':
        return this.complete(row);
      case 'completed':
        return false;
    }
  }

  private async close({ organisation }: OrganisationEnd): Promise<boolean> {
    await this.vault.closeOrganisation(organisation);
    await this.ended.look();
    await this.ends.closed(organisation, this.clock.now());
    await this.platform.steps.done('organisation-end/closed');
    return true;
  }

  /** Commands that run are waited for: after these times no process takes one, or has a key to seal with. */
  private async export({ organisation, closed_at: closedAt }: OrganisationEnd, handOver: HandOver): Promise<boolean> {
    const patience = Math.max(await this.vault.leaseBound(), noticedWithinMilliseconds);
    if (this.clock.now().getTime() < (closedAt as Date).getTime() + patience) return false;
    await this.ends.exported(organisation, await handOver.make());
    await this.platform.steps.done('organisation-end/exported');
    return true;
  }

  /**
   * Before the keys go: the recorder needs the naming key. The hand-over is read back: what was appended since, or lacks
   * in the folder (another one, or a disk that lied), is a reason to make it again while it can be.
   */
  private async record(row: OrganisationEnd, handOver: HandOver): Promise<boolean> {
    const { organisation } = row;
    const { keys, parts, position } = await this.recordEnd(organisation);
    if (position === undefined) throw new Error('an organisation without groups cannot be ended');
    let exported = row.export as ExportedLog;
    // Only the events of the end itself may have come since.
    const since = await this.platform.store.readLog(organisation, BigInt(exported.position), parts.length + 1);
    const hasGrown = since.length > parts.length;
    if (hasGrown || !(await handOver.stands(exported))) exported = await handOver.make();
    await this.ends.recorded(organisation, keys, position, exported);
    await this.platform.steps.done('organisation-end/recorded');
    return true;
  }

  private async recordEnd(organisation: string): Promise<EndedGroups> {
    const groups = await this.vault.closeOrganisation(organisation);
    const naming = await this.vault.naming(organisation);
    const commandId = naming.step(naming.id('ended-organisation', organisation), 'end-groups');
    const command = { type: 'end-groups' as const, cause: 'contract' as const, groups };
    return endedGroupsOf(await this.keyring.record(organisation, commandId, command));
  }

  private async destroy({ organisation, groups }: OrganisationEnd): Promise<boolean> {
    const byEvent = new Map<string, NonNullable<OrganisationEnd['groups']>[number][]>();
    for (const group of groups ?? []) byEvent.set(group.event, [...(byEvent.get(group.event) ?? []), group]);
    for (const [event, part] of byEvent) await this.vault.destroyGroups(organisation, event, part);
    await this.ends.destroyed(organisation, this.clock.now());
    await this.platform.steps.done('organisation-end/destroyed');
    return true;
  }

  private async complete(row: OrganisationEnd): Promise<boolean> {
    const { organisation, position, destroyed_at: destroyedAt } = row;
    // What follows from the end itself (files of documents) is done before its traces go.
    const { over, readersMark } = await this.passage.look({
      organisation,
      type: groupsEnded.type,
      position: BigInt(position ?? 0),
      destroyedAt: destroyedAt as Date,
      readersMark: row.readers_mark,
    });
    if (!over) {
      if (readersMark !== null) await this.ends.waitsFor(organisation, readersMark);
      return false;
    }
    await this.traces.remove(organisation);
    while ((await this.vault.sweepEndedOrganisation(organisation, sweptAtOnce)) > 0);
    await this.platform.steps.done('organisation-end/forgotten');
    const statement: OrganisationReceipt = {
      type: 'ardoise-organisation-receipt',
      format: 1,
      organisation,
      groups: row.groups ?? [],
      export: row.export as ExportedLog,
      closedAt: (row.closed_at as Date).toISOString(),
      destroyedAt: (destroyedAt as Date).toISOString(),
      completedAt: this.clock.now().toISOString(),
    };
    await this.ends.completed(organisation, await signed(statement, this.platform.signing));
    await this.platform.steps.done('organisation-end/completed');
    return true;
  }
}
