import { CommandBus } from '@nestjs/cqrs';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { readHeader } from '@ardoise/format';
import type { Steps } from '@ardoise/steps';
import { loadavg } from 'node:os';
import { DecideErasureCommand } from '../../../src/erasures/commands/decide-erasure/decide-erasure.command';
import { erasureDecided } from '../../../src/erasures/domain/events';
import { EraseOnDecision } from '../../../src/erasures/process/erase-on-decision.reaction';
import { ErasureRunner } from '../../../src/erasures/process/erasure-runner';
import type { ErasureStep } from '../../../src/erasures/process/erasure-steps';
import type { Platform } from '../../../src/platform/platform';
import { context } from '../generator';
import { ownProcessorTime, serverProcessorTime } from '../processor-time';
import { organisation } from './platform';

/** What one erasure took, in milliseconds. */
export interface Erased {
  readonly took: number;
  /** Processor time, of this process and of the database server. */
  readonly own: number;
  readonly server: number;
  readonly load: number;
}

const unreadable: ErasureStep = 'erasure/keys-destroyed';

/** Sees when a person's last key was destroyed. */
export class DestructionWatch implements Steps {
  at = NaN;
  own = NaN;
  server = NaN;

  constructor(private readonly backend: number) {}

  done(step: string): void {
    if (step !== unreadable) return;
    this.at = performance.now();
    this.own = ownProcessorTime();
    this.server = serverProcessorTime(this.backend) ?? NaN;
  }
}

/** Erases persons as the server does: decided by a command, remembered by the reaction, carried by the runner. */
export class Erasing {
  constructor(
    private readonly platform: Platform,
    private readonly app: NestFastifyApplication,
    private readonly watch: DestructionWatch,
    private readonly backend: number,
  ) {}

  /** From the runner's first look until the last key is destroyed. @throws Error when anything still opens */
  async erase(person: string): Promise<Erased> {
    const { vault } = this.platform;
    const units = await vault.unitsOf(organisation, [person]);
    await this.decide(person);
    const runner = this.app.get(ErasureRunner, { strict: false });
    const [own, server] = [ownProcessorTime(), serverProcessorTime(this.backend) ?? NaN];
    const begun = performance.now();
    await runner.completeWaiting();
    const { at, own: ownAfter, server: serverAfter } = this.watch;
    const opened = await vault.openingKeys(organisation, units);
    const closed = units.every(({ unit }) => opened.get(unit)?.state === 'destroyed');
    if (!closed || !(at > begun)) throw new Error('the person was not erased');
    return {
      took: at - begun,
      own: (ownAfter - own) / 1000,
      server: (serverAfter - server) / 1000,
      load: loadavg()[0] ?? NaN,
    };
  }

  private async decide(person: string): Promise<void> {
    const { store, opener } = this.platform;
    const command = new DecideErasureCommand(context(organisation), person);
    const { id } = await this.app.get(CommandBus).execute(command);
    const stored = await store.readStream(organisation, `erasure-${id}`);
    const decided = stored.filter(({ header }) => readHeader(header).type === erasureDecided.type);
    for (const event of await opener.open(organisation, decided)) {
      await this.app.get(EraseOnDecision, { strict: false }).on[erasureDecided.type]?.(event);
    }
  }
}
