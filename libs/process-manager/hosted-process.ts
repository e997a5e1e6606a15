import type { CommandContext, ProcessManager, ProcessStep } from '@ardoise/decider';
import type { AnyEvent, AnyOpened } from '@ardoise/sealing';

/** A process's rules with whatever they are spoken in: to those who run it, all processes are alike. */
export type AnyProcessManager = ProcessManager<unknown, ProcessStep, unknown, AnyEvent, AnyOpened>;

/** Rules of any types as those who run them see them. */
export function anyProcess<State, Step extends ProcessStep, Told, Event extends AnyEvent, Opened extends AnyOpened>(
  manager: ProcessManager<State, Step, Told, Event, Opened>,
): AnyProcessManager {
  return manager;
}

/**
 * What connects a process with the streams around it. Its methods may be called more than once for the same: they look,
 * and send commands under the id that is given to them.
 */
export interface HostedProcess {
  readonly manager: AnyProcessManager;
  /** Types of events of other streams that may concern a process. */
  readonly listensTo: readonly string[];
  /** The stream of the process that an event concerns; undefined where none. */
  streamOf(event: AnyOpened): Promise<string | undefined>;
  /** What the event says to that process, in the process's own words; undefined where it says nothing to it any more. */
  tell(event: AnyOpened, stream: string): Promise<unknown>;
  /** Sends the command of a step. @throws Refusal, which the process is told of */
  take(step: ProcessStep, context: CommandContext, stream: string): Promise<void>;
}

/** Two processes bear one name, or one listens to itself: found at start-up. */
export class ProcessSetupError extends Error {
  override readonly name = 'ProcessSetupError';
  readonly code = 'process-setup';
}
