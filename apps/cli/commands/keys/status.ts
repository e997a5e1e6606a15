import { Command } from 'commander';
import type { EpochStatus, RotationEntry } from '@ardoise/vault';
import { KeyRotation } from '../../../../src/keys/rotation/key-rotation';
import { withContext } from '../../context';
import { say, type OutputOptions } from '../../output';
import { ledgerKeyStanding } from './ledger-key-standing';
import { livingOf } from './rotate';

export function keysStatusCommand(): Command {
  return new Command('status')
    .description('show epochs, key-encryption keys, units by state, and what backups can still bring back')
    .option('--json', 'one line of JSON')
    .action((options: OutputOptions) =>
      withContext('keys status', async ({ app, platform }) => {
        const rotation = app.get(KeyRotation, { strict: false });
        const kek = await platform.keyEncryption.current();
        const { kind } = platform.config.keyEncryption;
        const epochs = await rotation.status();
        const rotations = await rotation.pending();
        const now = platform.clock.now();
        const ledger = await ledgerKeyStanding(platform);
        say(
          options,
          [
            `key-encryption key in use: ${kek} (${kind})`,
            ...epochs.flatMap((epoch) => described(epoch, now)),
            ...rotations.map(waiting),
            ...ledger.lines,
            'this holds for the vault’s backups; a copy of an old key-encryption key that somebody kept undoes it',
          ],
          { kek: { id: kek, kind }, epochs, rotations, ledger: ledger.summary },
        );
        if (ledger.problem !== undefined || rotations.some(({ problem }) => problem !== undefined))
          process.exitCode = 3;
      }),
    );
}

function described({ organisation, epoch, since, kek, units, nothingOlderThan }: EpochStatus, now: Date): string[] {
  const days = Math.floor((now.getTime() - since.getTime()) / 86_400_000);
  const { held, fenced, destroyed, lost } = units;
  return [
    `${organisation}: epoch ${epoch} for ${days} days, under ${kek}`,
    `${organisation}: ${livingOf(units)} living units, ${held} of them held, ${fenced} fenced; ${destroyed} destroyed, ${lost} lost`,
    nothingOlderThan === undefined
      ? `${organisation}: no epoch has ended: every backup of the vault can bring back what was destroyed since it was made`
      : `${organisation}: no backup of the vault older than ${nothingOlderThan.toISOString()} can bring anybody back`,
  ];
}

function waiting({ organisation, epoch, state, begunAt, endsAt, problem }: RotationEntry): string {
  const to = `${organisation}: the rotation to epoch ${epoch}`;
  if (problem !== undefined) return `${to} has stopped: ${problem}`;
  if (state !== 'waiting') return `${to} is ${state} since ${begunAt.toISOString()}`;
  return `${to} waits: from ${endsAt?.toISOString() ?? '?'} no backup older than ${begunAt.toISOString()} brings anybody back`;
}
