import type { Anchor } from '@ardoise/anchor';
import { eventAt, type EventStore } from '@ardoise/event-store';
import { sha256 } from '@ardoise/format';
import type { Vault } from '@ardoise/vault';
import type { Reason, Standing } from './quarantine';

interface Compared {
  readonly store: EventStore;
  readonly vault: Pick<Vault, 'mark'>;
}

/** SHA-256 of the header of the event at a position, hexadecimal; empty before the first one, undefined where there is none. */
export async function digestAt(store: EventStore, organisation: string, position: bigint): Promise<string | undefined> {
  if (position === 0n) return '';
  const event = await eventAt(store, organisation, position);
  return event && sha256(event.header).toString('hex');
}

/** Where the organisation's log and vault stand now. */
export async function standingOf({ store, vault }: Compared, organisation: string): Promise<Standing> {
  const position = await store.head(organisation);
  const digest = (await digestAt(store, organisation, position)) ?? '';
  return { position: position.toString(), digest, mark: (await vault.mark(organisation)).toString() };
}

/**
 * What speaks against going on from log and vault as they were found, by an anchor or its absence. A log or a vault
 * that is newer than the anchor is as it should be.
 */
export async function compare(
  { store }: Compared,
  organisation: string,
  anchor: Anchor | undefined,
  { position, digest, mark }: Standing,
): Promise<Reason[]> {
  if (!anchor) {
    if (mark === '0') return [];
    const detail = `the vault was compared with an anchor ${mark} times, and there is none`;
    return [{ code: 'anchor-missing', detail }];
  }
  const reasons: Reason[] = [];
  if (position !== '0' && digest === '') {
    reasons.push({ code: 'log-differs', detail: `the log says that it ends at ${position}, and has no event there` });
  }
  const { log, mark: known } = anchor;
  if (BigInt(position) < log.position) {
    reasons.push({
      code: 'log-older',
      detail: `the log ends at ${position}, the anchor knows position ${log.position}`,
    });
  } else if ((await digestAt(store, organisation, log.position)) !== log.digest) {
    reasons.push({ code: 'log-differs', detail: `the anchor knows another event at position ${log.position}` });
  }
  if (BigInt(mark) < known) {
    reasons.push({ code: 'vault-older', detail: `the vault was compared ${mark} times, the anchor knows of ${known}` });
  }
  return reasons;
}
