import { Inject, Injectable } from '@nestjs/common';
import { Refusal, type CommandContext } from '@ardoise/decider';
import { VaultError, type Vault } from '@ardoise/vault';
import { VAULT } from '../../platform/tokens';

/** The event that a step follows from. */
export interface Cause {
  readonly organisation: string;
  readonly id: string;
}

/** A seat of a session, under the id that its enrolment derives. */
export interface Place {
  readonly session: string;
  readonly seat: string;
}

/** What the steps of the processes are named and derived by. */
@Injectable()
export class Steps {
  constructor(@Inject(VAULT) private readonly vault: Vault) {}

  /** The command of a step: the same event and step always give the same id, so that a step done twice is done once. */
  async context(cause: Cause, step: string, occurredAt?: string): Promise<CommandContext> {
    const { organisation, id } = cause;
    const naming = await this.vault.naming(organisation);
    return {
      organisation,
      commandId: naming.step(id, step),
      service: 'server',
      source: 'system',
      causation: id,
      ...(occurredAt === undefined ? {} : { occurredAt }),
    };
  }

  /** An enrolment's seat in a session. Without the naming key nothing leads from one to the other. */
  async place(organisation: string, enrolment: string, session: string): Promise<Place> {
    const naming = await this.vault.naming(organisation);
    return { session, seat: naming.id('seat', enrolment, session) };
  }
}

/** Whether a step came too late: the enrolment has ended, moved on or been erased since. */
export function cameTooLate(error: unknown): boolean {
  if (error instanceof VaultError) return error.code === 'person-erased' || error.code === 'unit-ended';
  if (!(error instanceof Refusal)) return false;
  return error.kind === 'gone' || (error.kind === 'conflict' && error.code !== 'too-much-contention');
}
