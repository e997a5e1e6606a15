import { Controller, Get, Inject, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { EventStore } from '@ardoise/event-store';
import { ProjectionRuntime } from '@ardoise/projections';
import { Sequencer } from '@ardoise/sequencer';
import type { Vault } from '@ardoise/vault';
import type { FastifyReply } from 'fastify';
import { setTimeout as delay } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { EndedOrganisations } from './ended-organisations';
import { Quarantines } from './gate/quarantines';
import { type LogStanding, logStanding } from './log-standing';
import { Processes } from './processes';
import { Reactions } from './reactions';
import { EVENT_STORE, POLICIES, VAULT } from './tokens';

type Check = { readonly [part: string]: 'up' | 'down' | 'stopped' | 'failing' | 'quarantined' };

interface Readiness {
  readonly status: string;
  readonly checks: Check;
  /** The log's engine; of a cluster also its leader, and how often the connection was made anew. */
  readonly eventLog: LogStanding & {
    /** How far the projection that is furthest behind is from the log's end, in the log's unit. */
    readonly lag?: number;
  };
  /** Organisations that are read and not written, each with its reasons. */
  readonly quarantined: { readonly [organisation: string]: readonly string[] };
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
  ) {}

  @Get('live')
  live(): { status: string } {
    return { status: 'ok' };
  }

  /** 200 when commands and reading work; 503 otherwise. What is stopped, failing or quarantined is shown, and does not take the rest down. */
  @Get('ready')
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<Readiness> {
    const organisation = [...this.policies.keys()].find((one) => !this.ended.has(one)) ?? '';
    const [log, vault, read] = await Promise.all([
      isUp(() => this.store.organisations()),
      isUp(() => (organisation ? this.vault.naming(organisation) : Promise.resolve())),
      isUp(() => this.database.query('SELECT 1')),
    ]);
    // How far they are is told by the log's end.
    const both = read === 'up' && log === 'up';
    const projections = both ? (await this.projections.status()).projections : undefined;
    const stopped = projections?.some(({ state }) => state === 'stopped') ?? false;
    const behind = projections?.map(({ head, position }) => Number(head > position ? head - position : 0n));
    const halted = both && (await this.reactions.running().status()).reactions.some((one) => one.stopped);
    const failing = read === 'up' && (await this.processes.standing()).some((one) => one.failing);
    const checks: Check = {
      log,
      vault,
      read,
      projections: stopped ? 'stopped' : 'up',
      reactions: halted ? 'stopped' : 'up',
      organisations: this.quarantines.list().length > 0 ? 'quarantined' : 'up',
      processes: failing ? 'failing' : 'up',
      ledger: this.sequencer.refusals().size > 0 ? 'stopped' : 'up',
    };
    const quarantined = Object.fromEntries(
      this.quarantines.list().map((one) => [one.organisation, one.reasons.map(({ code }) => code)]),
    );
    const ready = log === 'up' && vault === 'up' && read === 'up';
    void reply.status(ready ? 200 : 503);
    const eventLog = { ...logStanding(this.store), ...(behind ? { lag: Math.max(0, ...behind) } : {}) };
    return { status: ready ? 'ok' : 'unavailable', checks, eventLog, quarantined };
  }
}

const patience = 2_000;

/** A part that does not answer in two seconds is down for whoever waits. */
async function isUp(ask: () => Promise<unknown>): Promise<'up' | 'down'> {
  try {
    const late = delay(patience, 'late', { ref: false });
    return (await Promise.race([ask().then(() => 'answered'), late])) === 'late' ? 'down' : 'up';
  } catch {
    return 'down';
  }
}
