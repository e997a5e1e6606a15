import { Command } from '@nestjs/cqrs';
import type { CommandContext } from '@ardoise/decider';
import type { AskedFields } from '../../domain/choice';
import type { Recipient } from '../../domain/disclosure';

/** Chosen fields of one event. */
export interface AskedDisclosure {
  readonly stream: string;
  /** From 0. */
  readonly version: number;
  readonly sections: readonly AskedFields[];
  readonly to: Recipient;
}

/** A disclosure that is on record. */
export interface MadeDisclosure {
  /** Id of the event that records it. */
  readonly record: string;
  readonly repeated: boolean;
  /** The file's text. */
  readonly disclosure: string;
  /** Where its leaf can be looked up. */
  readonly leaf: {
    readonly origin: string;
    readonly incarnation: number;
    readonly index: number;
    readonly hash: string;
  };
}

export class MakeDisclosureCommand extends Command<MadeDisclosure> {
  constructor(
    readonly context: CommandContext,
    readonly asked: AskedDisclosure,
  ) {
    super();
  }
}
