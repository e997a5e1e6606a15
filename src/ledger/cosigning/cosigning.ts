import { Injectable } from '@nestjs/common';
import { LedgerError, parseNote, verifyCosignatures } from '@ardoise/ledger';
import { published, type CheckpointEntry, type Tree } from '@ardoise/sequencer';
import { Gauge } from 'prom-client';
import type { DurableProcess, ProcessStanding } from '../../platform/capability';
import { Platform } from '../../platform/platform';

/** So long after a checkpoint was signed its quorum may be missing before that is told as a failure, in milliseconds. */
export const quorumPatience = 600_000;

/** So many of the newest cosigned checkpoints are looked through for one that had its quorum. */
const lookedThrough = 50;

/** Which ledgers wait for their witnesses, by what is stored: any process can tell. */
@Injectable()
export class Cosigning implements DurableProcess {
  readonly name = 'cosigning';

  constructor(private readonly platform: Platform) {
    const waiting = (): Promise<ProcessStanding[]> => this.standing().catch(() => []);
    new Gauge({
      name: 'ardoise_ledger_quorum_missing',
      help: 'Ledgers whose newest checkpoint is not cosigned by a quorum: 0 within ten minutes, 1 after that',
      labelNames: ['organisation'],
      registers: [platform.metrics],
      async collect() {
        this.reset();
        for (const { organisation, failing } of await waiting()) this.set({ organisation }, failing ? 1 : 0);
      },
    });
  }

  /** A ledger is here for as long as its newest checkpoint lacks its quorum, and is failing when that is long. */
  async standing(): Promise<ProcessStanding[]> {
    const { ledger, witnesses, quarantines } = this.platform;
    if (witnesses.keys.length === 0) return [];
    const all: ProcessStanding[] = [];
    for (const organisation of await ledger.organisations()) {
      // Nothing is signed for it, and that is told elsewhere.
      if (quarantines.of(organisation)) continue;
      const tree = await ledger.tree(organisation);
      const newest = tree && (await ledger.latest(organisation, tree.incarnation));
      if (!tree || !newest || this.isSatisfied(newest)) continue;
      const since = await this.waitingSince(tree, newest);
      all.push({
        organisation,
        id: `${newest.incarnation}-${newest.size}`,
        state: 'without-quorum',
        ...this.failing(since),
      });
    }
    return all;
  }

  private failing(since: Date): Pick<ProcessStanding, 'failing'> {
    const now = this.platform.clock.now();
    const waited = now.getTime() - since.getTime();
    if (waited <= quorumPatience) return {};
    const failures = Math.floor(waited / quorumPatience);
    return { failing: { code: 'quorum-missing', failures, failedAt: since, nextTry: now } };
  }

  /** When the first checkpoint was signed after the last one that had its quorum. */
  private async waitingSince(tree: Tree, newest: CheckpointEntry): Promise<Date> {
    const { ledger } = this.platform;
    const cosigned = await ledger.cosigned(tree, lookedThrough);
    const last = cosigned.find((entry) => this.isSatisfied(entry)) ?? cosigned.at(-1);
    const first = await ledger.covering(tree, last ? last.size + (this.isSatisfied(last) ? 1 : 0) : 0);
    return first?.signedAt ?? newest.signedAt;
  }

  private isSatisfied(entry: CheckpointEntry): boolean {
    const { witnesses } = this.platform;
    try {
      const cosigners = verifyCosignatures(parseNote(published(entry)), witnesses.keys);
      return witnesses.isSatisfied(cosigners.map(({ key }) => key));
    } catch (error) {
      // What is stored was verified before: whoever altered it made it worth nothing.
      if (error instanceof LedgerError) return false;
      throw error;
    }
  }
}
