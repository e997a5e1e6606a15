import {
  type CommandContext,
  type Decider,
  processDecider,
  type ProcessCommand,
  type ProcessState,
  type ProcessStep,
  ProcessStuckError,
  type ProcessTimer,
  type Recorder,
  Refusal,
} from '@ardoise/decider';
import { eventAt, type EventStore } from '@ardoise/event-store';
import { errorCode, type Lease, LeaseLostError, type Log } from '@ardoise/lanes';
import { isAway } from '@ardoise/reactions';
import {
  type AnyEvent,
  type AnyOpened,
  type EventOpener,
  isUnreadable,
  storedId,
  UpgradeUnderWayError,
} from '@ardoise/sealing';
import type { Steps } from '@ardoise/steps';
import type { Clock } from '@ardoise/time';
import { type Vault, VaultError } from '@ardoise/vault';
import type { HostedProcess } from './hosted-process';
import type { DueInstance, InboxEntry, Instances } from './instances';
import type { ProcessManagerMetrics } from './metrics';

export interface VisitorParts {
  readonly recorder: Recorder;
  readonly store: EventStore;
  readonly opener: EventOpener;
  readonly vault: Pick<Vault, 'naming'>;
  readonly instances: Instances;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: ProcessManagerMetrics;
  readonly steps: Steps;
  /** Pauses after failures, in milliseconds of the injected clock; the last one repeats. */
  readonly delays: readonly number[];
  /** After so many failures in a row a process stands still. */
  readonly tries: number;
}

/** A process that has not come to rest after so many steps and timers goes round. */
const mostTurns = 100;

/** So long, by the injected clock, a process is left alone that has to write what not all servers can read yet. */
const upgradeMilliseconds = 15_000;

/** What is durable on the way of letting a step go. */
export const dismissalSteps = ['process-dismissal/kept', 'process-dismissal/told'] as const;

export const dismissedStep = 'step-dismissed';

type AnyProcessDecider = Decider<ProcessState<unknown>, ProcessCommand<unknown>, AnyEvent, AnyOpened>;

/**
 * Brings one process to rest: takes the steps that its state wants, tells it what came for it and which timers are due,
 * until it wants nothing now. It may be interrupted anywhere and done again: every command's id is derived from the event
 * or the timer that it follows from, and only the stream says how far the process is.
 */
export class Visitor {
  readonly decider: AnyProcessDecider;

  constructor(
    private readonly parts: VisitorParts,
    private readonly process: HostedProcess,
  ) {
    this.decider = processDecider(process.manager);
  }

  /** @throws LeaseLostError, and what keeps log, vault or database from answering; anything else is the process's own. */
  async visit(lease: Lease, due: DueInstance): Promise<void> {
    let standsAt = 'stream';
    try {
      const next = await this.bringToRest(due, (at) => (standsAt = at));
      await this.parts.instances.rest(lease, due, next && new Date(next.dueAt));
    } catch (error) {
      if (error instanceof UpgradeUnderWayError) return this.putOff(lease, due, standsAt, error);
      if (error instanceof LeaseLostError || isAway(error) || isQuarantined(error)) throw error;
      await this.failed(lease, due, standsAt, error);
    }
  }

  /** The event since which a process wants a step; undefined where it does not want it now. */
  async wantedSince(organisation: string, stream: string, step: string): Promise<string | undefined> {
    const { state, last } = (await this.parts.recorder.fold(this.decider, organisation, stream)).state;
    return this.process.manager.wants(state).step?.name === step ? last : undefined;
  }

  /** Gives the timer that comes next, if any. */
  private async bringToRest(due: DueInstance, stands: (at: string) => void): Promise<ProcessTimer | undefined> {
    const { recorder, instances, clock } = this.parts;
    const { organisation, stream } = due;
    const { kind } = this.process.manager;
    for (let turns = 0; turns < mostTurns; turns++) {
      stands('stream');
      const { state, last } = (await recorder.fold(this.decider, organisation, stream)).state;
      const { step, timers = [] } = this.process.manager.wants(state);
      if (step && last !== undefined) {
        stands(`step/${step.name}`);
        await this.take(due, step, last);
        continue;
      }
      const entry = await instances.firstInInbox(organisation, kind, stream);
      if (entry) {
        stands(`event/${entry.event}`);
        await this.tell(due, entry);
        await instances.told(organisation, kind, stream, entry);
        turns = 0;
        continue;
      }
      const next = earliest(timers);
      if (!next || new Date(next.dueAt) > clock.now()) return next;
      stands(`timer/${next.name}`);
      await this.fire(due, next);
    }
    throw new ProcessStuckError(`a process did not come to rest in ${mostTurns} turns`);
  }

  private async take({ organisation, stream, letGo }: DueInstance, step: ProcessStep, after: string): Promise<void> {
    if (letGo?.step === step.name && letGo.after === after) {
      await this.outcome(organisation, stream, after, step.name, letGo.isDone ? undefined : dismissedStep);
      return this.parts.steps.done('process-dismissal/told');
    }
    const context = await this.context(organisation, after, `step/${step.name}`);
    let refused: string | undefined;
    try {
      await this.process.take(step, { ...context, causation: after }, stream);
    } catch (error) {
      refused = refusalOf(error);
      if (refused === undefined) throw error;
    }
    await this.outcome(organisation, stream, after, step.name, refused);
  }

  private async outcome(organisation: string, stream: string, after: string, step: string, refused?: string) {
    const context = await this.context(organisation, after, `outcome/${step}`);
    const command = { kind: 'outcome', step, after, ...(refused === undefined ? {} : { refused }) } as const;
    await this.record(stream, command, { ...context, causation: after });
    const { kind } = this.process.manager;
    this.parts.metrics.stepped(organisation, kind, refused === undefined ? 'done' : 'refused');
    if (refused !== undefined) {
      this.parts.log.info({ organisation, process: kind, stream, step, code: refused }, 'a step was refused');
    }
  }

  private async fire({ organisation, stream }: DueInstance, timer: ProcessTimer): Promise<void> {
    const context = await this.context(organisation, `${stream}/${timer.dueAt}`, `timer/${timer.name}`);
    const { repeated, events } = await this.record(stream, { kind: 'timer', timer }, context);
    if (!repeated && events > 0) this.parts.metrics.fired(organisation, this.process.manager.kind);
  }

  private async tell({ organisation, stream }: DueInstance, entry: InboxEntry): Promise<void> {
    const stored = await eventAt(this.parts.store, organisation, entry.position);
    // Another log was put in place of the one that it came from.
    if (!stored) return;
    const types = new Set(this.process.listensTo);
    for (const event of await this.parts.opener.open(organisation, [stored], types)) {
      if (storedId(event) !== entry.event) return;
      const told = await this.process.tell(event, stream);
      if (told === undefined) continue;
      const context = await this.context(organisation, event.id, `told/${this.process.manager.kind}`);
      try {
        await this.record(stream, { kind: 'told', told }, { ...context, causation: event.id });
      } catch (error) {
        // It has been overtaken: what the process is told of does not concern it any more.
        if (refusalOf(error) === undefined) throw error;
      }
    }
  }

  private async record(stream: string, command: ProcessCommand<unknown>, context: CommandContext) {
    const outcome = await this.parts.recorder.execute(this.decider, stream, command, context);
    return { repeated: outcome.repeated, events: outcome.events.length };
  }

  private async context(organisation: string, cause: string, step: string): Promise<CommandContext> {
    const naming = await this.parts.vault.naming(organisation);
    const commandId = naming.step(cause, step);
    return { organisation, commandId, service: 'server', source: 'system' };
  }

  /** Others have to write nothing of the kind, and go on. */
  private async putOff(
    lease: Lease,
    due: DueInstance,
    standsAt: string,
    { code }: UpgradeUnderWayError,
  ): Promise<void> {
    const { instances, clock, log } = this.parts;
    const { organisation, stream } = due;
    await instances.putOff(lease, due, new Date(clock.now().getTime() + upgradeMilliseconds));
    const fields = { organisation, process: this.process.manager.kind, stream, standsAt, code };
    log.info(fields, 'a process waits until all servers are upgraded');
  }

  private async failed(lease: Lease, due: DueInstance, standsAt: string, error: unknown): Promise<void> {
    const { instances, clock, log, delays, tries } = this.parts;
    const { organisation, stream } = due;
    const process = this.process.manager.kind;
    // Nothing more can be recorded of whoever was erased while their process was at it.
    if (isOver(error)) return instances.over(lease, due);
    const code = isUnreadable(error) ? error.code : errorCode(error);
    const failures = due.failures + 1;
    const now = clock.now();
    const pause = delays[Math.min(failures, delays.length) - 1] ?? 0;
    const fields = { organisation, process, stream, standsAt, code, failures };
    const givenUp = failures >= tries;
    await instances.failed(lease, due, {
      standsAt,
      code,
      now,
      ...(givenUp ? {} : { nextTry: new Date(now.getTime() + pause) }),
    });
    if (!givenUp) return log.warn(fields, 'a process failed; trying again');
    log.error(fields, 'a process stands still; others go on');
  }
}

function earliest(timers: readonly ProcessTimer[]): ProcessTimer | undefined {
  return timers.reduce<ProcessTimer | undefined>(
    (first, timer) => (first && first.dueAt <= timer.dueAt ? first : timer),
    undefined,
  );
}

/** The code by which the rules, or the vault, refuse something for good. */
function refusalOf(error: unknown): string | undefined {
  if (isOver(error)) return error.code;
  return error instanceof Refusal && error.code !== 'too-much-contention' ? error.code : undefined;
}

/** It goes on when that is lifted, whatever it was at. */
function isQuarantined(error: unknown): boolean {
  return error instanceof VaultError && error.code === 'organisation-quarantined';
}

function isOver(error: unknown): error is VaultError {
  return error instanceof VaultError && (error.code === 'person-erased' || error.code === 'unit-ended');
}
