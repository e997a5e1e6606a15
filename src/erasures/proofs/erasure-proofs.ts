import { Inject, Injectable } from '@nestjs/common';
import { eventAt, type EventStore, type StoredEvent } from '@ardoise/event-store';
import { readHeader, singleStream } from '@ardoise/format';
import { ProblemError } from '@ardoise/http';
import { formatVerifierKey } from '@ardoise/ledger';
import { gapRecorded } from '../../keys/domain/events';
import { LedgerProofs } from '../../platform/ledger-proofs';
import { EVENT_STORE } from '../../platform/tokens';
import { EndedUnits } from '../queries/ended-units';
import type { Receipt } from '../receipts/receipt';
import type { ErasureProof } from './erasure-proof';

/** Makes the proof of an erasure from its receipt, the log and the ledger. */
@Injectable()
export class ErasureProofs {
  constructor(
    private readonly ended: EndedUnits,
    private readonly proofs: LedgerProofs,
    @Inject(EVENT_STORE) private readonly store: EventStore,
  ) {}

  /** Waits for a checkpoint that covers the events. @throws ProblemError 503 `not-in-the-ledger-yet` */
  async make(receipt: Receipt): Promise<ErasureProof> {
    const { organisation } = receipt;
    const named = await this.naming(receipt);
    const events = [...(await this.gapsBefore(receipt, named)), ...named];
    const headers = new Map(events.map(({ position, header }) => [position, header.toString('utf8')]));
    const proven = await this.proofs.prove(organisation, [...headers.keys()]);
    const ledgers = proven.map(({ checkpoint, keys, leaves }) => ({
      checkpoint: checkpoint.toString('utf8'),
      keys: keys.map(formatVerifierKey),
      events: leaves.map(({ position, index, proof }) => ({
        header: headers.get(position) as string,
        index,
        proof: proof.map((hash) => hash.toString('base64')),
      })),
    }));
    return { type: 'ardoise-erasure-proof', format: 1, receipt, ledgers };
  }

  /** The events that name the ended keys. */
  private async naming({ organisation, units }: Receipt): Promise<StoredEvent[]> {
    const positions = await this.ended.positions(
      organisation,
      units.map(([unit]) => unit),
    );
    // The read model is being made anew.
    if (units.length > 0 && positions.length === 0)
      throw new ProblemError(503, 'not-in-the-ledger-yet', 'what names the ended keys is not found yet; repeat');
    return Promise.all(
      positions.map(async (position) => {
        const stored = await eventAt(this.store, organisation, position);
        if (stored) return stored;
        throw new Error(`the log has no event at position ${position}`);
      }),
    );
  }

  /** A log that was put back and recovered names again, later, what it had lost: what says so goes with it. */
  private async gapsBefore(
    { organisation, destroyedAt }: Receipt,
    named: readonly StoredEvent[],
  ): Promise<StoredEvent[]> {
    const last = named.at(-1);
    if (!last || Date.parse(readHeader(last.header).recordedAt) <= Date.parse(destroyedAt)) return [];
    const stored = await this.store.readStream(organisation, singleStream('vault'));
    return stored.filter(
      ({ position, header }) => position < last.position && readHeader(header).type === gapRecorded.type,
    );
  }
}
