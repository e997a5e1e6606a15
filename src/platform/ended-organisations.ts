import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { Vault } from '@ardoise/vault';
import { VAULT } from './tokens';

/** So long a process may take to learn that an organisation was closed. */
export const noticedWithinMilliseconds = 2_000;

/** The organisations whose keys are closed or destroyed: nothing is recorded for them, nothing shown. */
@Injectable()
export class EndedOrganisations implements OnModuleInit, OnModuleDestroy {
  private ended: ReadonlySet<string> = new Set();
  private timer: NodeJS.Timeout | undefined;

  constructor(@Inject(VAULT) private readonly vault: Vault) {}

  /** Not by the schedules: a server that leaves those to a worker must know it too. */
  async onModuleInit(): Promise<void> {
    // With the database away nothing can be recorded either; what is known stays known.
    const look = (): Promise<unknown> => this.look().catch(() => undefined);
    await look();
    this.timer = setInterval(() => void look(), noticedWithinMilliseconds / 2).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  async look(): Promise<void> {
    const all = await this.vault.organisations();
    this.ended = new Set(all.flatMap(({ organisation, state }) => (state === 'ended' ? [organisation] : [])));
  }

  has(organisation: string): boolean {
    return this.ended.has(organisation);
  }
}
