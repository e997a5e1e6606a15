import { AnchorFolder } from '@ardoise/anchor';
import { errorCode } from '@ardoise/lanes';
import { Opener } from '@ardoise/sealing';
import type { PostgresVault } from '@ardoise/vault';
import { join } from 'node:path';
import type { Platform } from '../platform';
import { Anchors } from './anchors';
import { Gate } from './gate';
import { KeptUnits } from './kept-units';
import { LedgerAnchor } from './ledger-anchor';
import type { Quarantines } from './quarantines';
import { Reckoning } from './reckoning';

const pollMilliseconds = 5_000;
const anchorMilliseconds = 60_000;

export interface GateKept {
  readonly gate: Gate;
  readonly anchors: Anchors;
  readonly ledgerAnchor: LedgerAnchor;
  readonly reckoning: Reckoning;
  /** Writes the anchors a last time, and ends the schedule. */
  readonly close: () => Promise<void>;
}

type GateNeeds = Pick<
  Platform,
  | 'config'
  | 'capabilities'
  | 'policies'
  | 'log'
  | 'clock'
  | 'pools'
  | 'store'
  | 'departure'
  | 'registry'
  | 'projections'
  | 'ledger'
  | 'ledgerKeys'
> & { readonly vault: PostgresVault; readonly quarantines: Quarantines };

/** Puts the gate together, and goes through it before anything is opened; again whenever the vault's database is new. */
export async function startGate(platform: GateNeeds): Promise<GateKept> {
  const { config, capabilities, log, pools, store, vault, quarantines, projections } = platform;
  const torn = (file: string): void =>
    log.warn({ file }, 'the last line of an anchor was not finished; it is left out');
  const folder = await AnchorFolder.open(join(config.keysFolder, 'anchors'), torn);
  const mustBeOpen = (organisation: string): void => quarantines.mustBeOpen(organisation);
  const anchors = new Anchors({ ...platform, folder, pool: pools.vault, mustBeOpen });
  const ledgerAnchor = new LedgerAnchor({ ...platform, folder, anchors });
  const rules = capabilities.flatMap(({ keeps }) => (keeps ? [keeps] : []));
  const opener = new Opener(platform.registry, vault.unguarded);
  const kept = new KeptUnits({ ...platform, opener, rules });
  const { upkeep } = vault;
  const distrust = anchors.distrust.bind(anchors);
  const reckoning = new Reckoning({ vault, upkeep, kept, log, distrust });
  const gate = new Gate({ ...platform, upkeep, folder, anchors, ledgerAnchor, reckoning, projections, store });
  await gate.run();
  vault.onReconnected(() => gate.run());
  const stop = schedule(gate, platform);
  const close = async (): Promise<void> => {
    await stop();
    if (!platform.departure.isLeft) await gate.writeAnchors().catch((error: unknown) => sayFailed(log, error));
  };
  return { gate, anchors, ledgerAnchor, reckoning, close };
}

/**
 * One look after another; a look that fails is followed by the next. None while the log is left: anchors know of what is
 * recorded elsewhere by then. Gives what ends them.
 */
function schedule(gate: Gate, { log, departure }: Pick<GateNeeds, 'log' | 'departure'>): () => Promise<void> {
  let underWay: Promise<void> = Promise.resolve();
  const every = (milliseconds: number, run: () => Promise<void>): NodeJS.Timeout =>
    setInterval(() => {
      if (departure.isLeft) return;
      underWay = underWay.then(run).catch((error: unknown) => sayFailed(log, error));
    }, milliseconds).unref();
  const timers = [every(pollMilliseconds, () => gate.poll()), every(anchorMilliseconds, () => gate.writeAnchors())];
  return async () => {
    for (const timer of timers) clearInterval(timer);
    await underWay;
  };
}

function sayFailed(log: Platform['log'], error: unknown): void {
  log.warn({ code: errorCode(error) }, 'the anchors could not be looked at or written; trying again');
}
