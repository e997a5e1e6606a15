import { createPool } from '@ardoise/postgres';
import { SettableClock } from '@ardoise/time';
import { FileKeyEncryption } from '../../key-encryption/file';
import { Rotation } from '../rotation';
import { TableLog } from './table-log';

export interface RotationOrder {
  readonly url: string;
  readonly keys: string;
  readonly now: string;
  readonly horizonMilliseconds: number;
  readonly batch: number;
  /** Where this process is killed: the step, and how often it is let pass before. */
  readonly killAt?: string;
  readonly passes?: number;
}

/** Rotates in a process of its own, and kills it without a word right after a step. */
process.once('message', (message) => void rotate(message as RotationOrder));

async function rotate(order: RotationOrder): Promise<void> {
  const pool = createPool(order.url, { role: 'ardoise_vault', applicationName: 'rotation process' });
  const owner = createPool(order.url, { applicationName: 'rotation process' });
  let passes = order.passes ?? 0;
  const rotation = new Rotation({
    pool,
    keyEncryption: await FileKeyEncryption.open(order.keys, { create: false }),
    log: await TableLog.open(owner),
    clock: new SettableClock(new Date(order.now)),
    batch: order.batch,
    steps: {
      done: (step) => {
        if (step !== order.killAt || passes-- > 0) return;
        process.kill(process.pid, 'SIGKILL');
        return new Promise<void>(() => undefined);
      },
    },
  });
  await rotation.rotate({ horizonMilliseconds: order.horizonMilliseconds });
  await Promise.all([pool.end(), owner.end()]);
  process.send?.({ done: true });
  process.disconnect();
}
