import { Controller, Get, Inject, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { EventStore } from '@ardoise/event-store';
import { ProjectionRuntime } from '@ardoise/projections';
import type { ReactionStanding } from '@ardoise/reactions';
import { Sequencer } from '@ardoise/sequencer';
import type { Vault } from '@ardoise/vault';
import type { VersionStanding } from '@ardoise/versions';
import type { FastifyReply } from 'fastify';
import { setTimeout as delay } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { EndedOrganisations } from './ended-organisations';
import { Quarantines } from './gate/quarantines';
import { type LogStanding, logStanding } from './log-standing';
import { Platform } from './platform';
import { Processes } from './processes';
import { Reactions } from './reactions';
import { EVENT_STORE, POLICIES, VAULT } from './tokens';

type Check = {
  readonly [part: string]:
    'up' | 'down' | 'late' | 'left' | 'parked' | 'stopped' | 'failing' | 'quarantined' | 'upgrading' | 'too-old';
};

interface Readiness {
  readonly status: string;
  readonly checks: Check;
  /** There when the log was left by a move, or is just being moved: this process records nothing any more. */
  readonly moved?: { readonly code: 'log-moved'; readonly detail: string };
  /** The log's engine; of a cluster also its leader, and how often the connection was made anew. */
  readonly eventLog: LogStanding & {
    /** How far the projection that is furthest behind is from the log's end, in the log's unit. */
    readonly lag?: number;
  };
  /** Organisations that are read and not written, each with its reasons. */
  readonly quarantined: { readonly [organisation: string]: readonly string[] };
  /** There while versions of events wait to be written, or are written that this program does not know. */
  readonly upgrade?: VersionStanding;
  /** Versions of events, as `type/version`, at which projections or reactions stand still. */
  readonly unknownEvents: readonly string[];
}

/** Whether the process lives, and whether it can serve. */
@ApiExcludeController()
@Controller('health')
export class HealthHttp {
  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(VAULT) private readonly vault: Vault,
    @Inject(POLICIES) private readonly policies: ReadonlyMap<string, unknown>,
    private readonly database: DataSource,
    private readonly projections: ProjectionRuntime,
    private readonly reactions: Reactions,
    private readonly ended: EndedOrganisations,
    private readonly quarantines: Quarantines,
    private readonly processes: Processes,
    private readonly sequencer: Sequencer,
    private readonly platform: Platform,
  ) {}

  @Get('live')
  live(): { status: string } {
    return { status: 'ok' };
  }

  /**
   * 200 when commands and reading work; 503 otherwise, also when the log was left by a move. What is stopped, failing,
   * quarantined, or late with how far it is, is shown, and does not take the rest down.
   */
  @Get('ready')
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<Readiness> {
    const organisation = [...this.policies.keys()].find((one) => !this.ended.has(one)) ?? '';
    const { departure } = this.platform;
    const [log, vault, read] = await Promise.all([
      isUp(() => Promise.all([this.store.organisations(), departure.look()])),
      isUp(() => (organisation ? this.vault.naming(organisation) : Promise.resolve())),
      isUp(() => this.database.query('SELECT 1')),
    ]);
    // How far they are is told by the log's end.
    const followers = read === 'up' && log === 'up' ? await inPatience(() => this.followers()) : undefined;
    const { projections, reactions } = followers?.answer ?? { projections: undefined, reactions: [] };
    const stopped = [...(projections ?? []), ...reactions].flatMap((one) => one.stopped ?? []);
    const behind = projections?.map(({ head, position }) => Number(head > position ? head - position : 0n));
    const isFollowed = followers?.kind ?? 'up';
    const upgrade = await this.platform.versions.standing().catch(() => undefined);
    const failing = read === 'up' && (await this.processes.standing()).some((one) => one.failing);
    const { isLeft } = departure;
    const checks: Check = {
      log: isLeft ? 'left' : log,
      vault,
      read,
      projections: projections?.some(({ state }) => state === 'stopped') ? 'stopped' : isFollowed,
      reactions: standingOfReactions(reactions) ?? isFollowed,
      organisations: this.quarantines.list().length > 0 ? 'quarantined' : 'up',
      processes: failing ? 'failing' : 'up',
      ledger: this.sequencer.refusals().size > 0 ? 'stopped' : 'up',
      versions: standingOf(upgrade),
    };
    const quarantined = Object.fromEntries(
      this.quarantines.list().map((one) => [one.organisation, one.reasons.map(({ code }) => code)]),
    );
    const ready = log === 'up' && !isLeft && vault === 'up' && read === 'up' && isFollowed !== 'down';
    void reply.status(ready ? 200 : 503);
    const eventLog = { ...logStanding(this.platform), ...(behind ? { lag: Math.max(0, ...behind) } : {}) };
    const unknownEvents = [...new Set(stopped.flatMap(nameOf))].sort();
    const moved = isLeft ? { moved: { code: 'log-moved', detail: departure.advice } as const } : {};
    const shown = upgrade && checks['versions'] !== 'up' ? { upgrade } : {};
    return { status: ready ? 'ok' : 'unavailable', checks, ...moved, eventLog, quarantined, ...shown, unknownEvents };
  }

  private async followers() {
    const [{ projections }, { reactions }] = [await this.projections.status(), await this.reactions.running().status()];
    return { projections, reactions };
  }
}

function nameOf({ type, schema }: { readonly type?: string; readonly schema?: number }): string[] {
  return type === undefined ? [] : [`${type}/${schema ?? 0}`];
}

function standingOfReactions(all: readonly ReactionStanding[]): 'parked' | 'stopped' | undefined {
  if (all.some(({ stopped }) => stopped)) return 'stopped';
  return all.some(({ parked }) => parked.length > 0) ? 'parked' : undefined;
}

function standingOf(upgrade: VersionStanding | undefined): 'up' | 'down' | 'upgrading' | 'too-old' {
  if (!upgrade) return 'down';
  if (upgrade.unknown.length > 0) return 'too-old';
  return upgrade.waiting.length > 0 ? 'upgrading' : 'up';
}

const patience = 2_000;

type Answer<T> =
  { readonly kind: 'up'; readonly answer: T } | { readonly kind: 'late' | 'down'; readonly answer?: never };

/** What a part answers within two seconds. */
async function inPatience<T>(ask: () => Promise<T>): Promise<Answer<T>> {
  try {
    const late = delay(patience, { kind: 'late' } as const, { ref: false });
    return await Promise.race([ask().then((answer) => ({ kind: 'up', answer }) as const), late]);
  } catch {
    return { kind: 'down' };
  }
}

/** A part that does not answer in two seconds is down for whoever waits. */
async function isUp(ask: () => Promise<unknown>): Promise<'up' | 'down'> {
  return (await inPatience(ask)).kind === 'up' ? 'up' : 'down';
}
