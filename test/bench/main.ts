import { Command } from 'commander';
import type { Bench } from './case';
import { appends } from './cases/appends';
import { sealing } from './cases/sealing';
import { rebuild } from './cases/rebuild';
import { http } from './cases/http';
import { startBenchServer } from './database';

const cases: any = { appends, sealing, http, rebuild };

void new Command('bench')
  .option('--rounds <count>', '', Number, 5)
  .option('--seconds <seconds>', '', Number, 2)
  .option('--only <names...>', '')
  .option('--contestants <pattern>', '')
  .action(async ({ rounds, seconds, contestants, only }) => {
    const server = await startBenchServer();
    try {
      const bench: Bench = {
        server,
        options: { rounds, seconds },
        isChosen: (n) => !contestants || new RegExp(contestants).test(n),
        say: console.log,
      };
      for (const name of only) {
        const result = await cases[name](bench);
        console.log(result.figures);
        for (const r of result.ratios) console.log(r.what, r.ratio);
        for (const r of result.standings)
          console.log(
            r.name,
            r.perSecond.median.toFixed(0),
            r.ownMicroseconds.median.toFixed(0),
            r.serverMicroseconds?.median.toFixed(0),
          );
      }
    } finally {
      await server.remove();
    }
  })
  .parseAsync();
