import { Command } from 'commander';
import { CommandBus } from '@nestjs/cqrs';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { DecideErasureCommand } from '../../../src/erasures/commands/decide-erasure/decide-erasure.command';
import { ErasureRunner } from '../../../src/erasures/process/erasure-runner';
import { ErasureProcesses } from '../../../src/erasures/process/erasure-processes';
import { Reactions } from '../../../src/platform/reactions';
import { adopt, withContext, type Context } from '../context';
import { say, type OutputOptions } from '../output';
import { InterruptedError } from '../report';

interface EraseOptions extends OutputOptions {
  readonly organisation: string;
  readonly wait: boolean;
}

export function eraseCommand(): Command {
  return new Command('erase')
    .description('erase a person: decided now, carried out by the running server or worker')
    .argument('<person>', 'id of the person')
    .requiredOption('--organisation <slug>', 'whose record it is')
    .option('--no-wait', 'do not wait for the receipt')
    .option('--json', 'one line of JSON')
    .action((person: string, options: EraseOptions) =>
      withContext('erase', async (context) => {
        const { organisation } = options;
        await adopt(context, organisation);
        const command = {
          organisation,
          commandId: randomUUID(),
          service: 'cli',
          source: 'staff',
          request: { erase: person },
        };
        const { id } = await context.app.get(CommandBus).execute(new DecideErasureCommand(command, person));
        if (!options.wait) {
          say(options, [`decided: erasure ${id}`], { erasure: id, state: 'decided' });
          return;
        }
        const receipt = await waitForReceipt(context, organisation, id);
        say(options, [`complete: erasure ${id}`, ...JSON.stringify(receipt, null, 2).split('\n')], {
          erasure: id,
          state: 'completed',
          receipt,
        });
      }),
    );
}

/** The steps are a durable process: this one runs them itself, so that nothing else has to be running. */
async function waitForReceipt({ app, platform, signal }: Context, organisation: string, id: string): Promise<unknown> {
  const processes = app.get(ErasureProcesses, { strict: false });
  const runner = app.get(ErasureRunner, { strict: false });
  await platform.projections.start();
  await app.get(Reactions).start();
  try {
    while (!signal.aborted) {
      await runner.completeWaiting();
      const row = await processes.find(organisation, id);
      if (row?.state === 'completed') return row.receipt;
      await delay(200, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    await app.get(Reactions).stop();
  }
  throw new InterruptedError('the erasure is decided and goes on with the next server, worker or erase command');
}
