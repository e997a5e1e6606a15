import { Command, InvalidArgumentError } from 'commander';
import type { Bench, CaseResult } from './case';
import { appends } from './cases/appends';
import { startBenchServer } from './database';

const cases = { appends };

void new Command('bench')
  .option('--rounds <count>', '', Number, 5)
  .option('--seconds <seconds>', '', Number, 2)
  .option('--only <names...>', '')
  .option('--contestants <pattern>', '')
  .action(async ({ rounds, seconds, contestants }) => {
    const server = await startBenchServer();
    try {
      const bench: Bench = {
        server,
        options: { rounds, seconds },
        isChosen: (n) => !contestants || new RegExp(contestants).test(n),
        say: console.log,
      };
      const result = await appends(bench);
      for (const r of result.ratios) console.log(r.what, r.ratio);
      for (const r of result.standings)
        console.log(
          r.name,
          r.perSecond.median.toFixed(0),
          r.ownMicroseconds.median.toFixed(0),
          r.serverMicroseconds?.median.toFixed(0),
        );
    } finally {
      await server.remove();
    }
  })
  .parseAsync();
