import { Command } from '@nestjs/cqrs';

/** Brings an organisation's record up to the profile that this server was started with. */
export class AdoptPolicyCommand extends Command<void> {
  constructor(readonly organisation: string) {
    super();
  }
}
