import type { MovableLog } from '@ardoise/event-store';
import type { Steps } from '@ardoise/steps';
import { LogCopyError } from './errors';

export interface GiveUpOptions {
  /** The side that was left, or was to be. */
  readonly from: MovableLog;
  readonly to: MovableLog;
  /** Whether the switch may have come, so that what is named as the target must have the whole log. */
  readonly wasSwitched: boolean;
  readonly steps: Steps;
}

/**
 * Gives a move up, at whatever point it was: the side that was left goes on, as long as the other one has taken nothing that it
 * has not. What was copied stays there, closed; a later move goes on with it. Gives whether there was anything to be opened.
 *
 * @throws LogCopyError `target-goes-on`, and then the target is open; `both-closed` where it could not be opened
 */
export async function giveUpMove({ from, to, wasSwitched, steps }: GiveUpOptions): Promise<boolean> {
  if (!(await from.isClosed())) return false;
  const isOpen = !(await to.isClosed());
  try {
    await mustHaveNothingMore(from, to, wasSwitched || isOpen);
    if (isOpen) {
      await to.close(from.engine);
      await mustHaveNothingMore(from, to, true);
    }
  } catch (error) {
    // It goes on there, though this closed it, or one before this that was cut off.
    if (isOpen || (error instanceof LogCopyError && error.code === 'target-goes-on')) await reopened(to);
    throw error;
  }
  await steps.done('log-copy/given-up');
  await from.open();
  return true;
}

async function reopened(to: MovableLog): Promise<void> {
  try {
    if (await to.isClosed()) await to.open();
  } catch (error) {
    throw new LogCopyError(
      'both-closed',
      `nothing can be recorded, and ${to.engine}, where the log goes on, could not be opened again; run this again when the ` +
        'engine and the database answer',
      { cause: error },
    );
  }
}

async function mustHaveNothingMore(from: MovableLog, to: MovableLog, isWhole: boolean): Promise<void> {
  const [here, there] = [await from.store.organisations(), await to.store.organisations()];
  for (const organisation of new Set([...here, ...there])) {
    const [left, head] = [await from.store.head(organisation), await to.store.head(organisation)];
    if (head > left) throw goesOn(from, to, organisation);
    if (isWhole && head < left) {
      throw new LogCopyError(
        'log-differs',
        `the log of ${organisation} ends at ${left} in ${from.engine} and at ${head} in ${to.engine}, which is not the one ` +
          'that it was moved to; name that one',
      );
    }
  }
}

function goesOn(from: MovableLog, to: MovableLog, organisation: string): LogCopyError {
  return new LogCopyError(
    'target-goes-on',
    `${to.engine} has events of ${organisation} that ${from.engine} has not: the log goes on there; to go back, move it`,
  );
}
