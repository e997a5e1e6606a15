import { once } from 'node:events';
import { join } from 'node:path';
import { randomBytes, randomId } from '@ardoise/format';
import { createPool, migrate } from '@ardoise/postgres';
import { Ledger, ledgerMigrations } from '@ardoise/sequencer';
import { forkTypeScript, messageFrom } from '@ardoise/testing';
import type { Pool } from 'pg';
import type { Bench, CaseResult, Figure } from '../case';
import { type ArdoiseLog, openArdoise, organisation } from '../contestants/ardoise';
import { appending } from '../contestants/subject';
import { whole } from '../figures';
import { ownProcessorTime } from '../processor-time';
import { compare, type Contestant, type Standing } from '../rounds';
import { sequencerSessions, startBenchSequencer } from '../sequencer';
import { median } from '../statistics';

const backlog = 100_000;
const following = 'Ardoise, 16 callers, with a sequencer';

/** What the tree of a log costs: a long log from its beginning, and a log that grows as fast as it can. */
export async function ledger(bench: Bench): Promise<CaseResult> {
  const url = await bench.server.database('ledger');
  const ardoise = await openArdoise(url, bench.server.folder);
  await migrate(url, ledgerMigrations);
  const owner = createPool(url, { max: 2, applicationName: 'bench owner' });
  try {
    const { options, server, say } = bench;
    const measured = { ...options, backend: server.backend, say };
    const catching = await compare([catchingUp(url, ardoise)], { ...measured, rounds: Math.min(options.rounds, 3) });
    const followed = await followedAppends(url, ardoise, owner);
    const appending = await compare([followed.contestant], measured);
    await followed.end();
    const standings = [...catching, ...appending];
    return {
      name: 'ledger',
      title: 'The ledger',
      about:
        `A log of ${whole(backlog)} events from its beginning to its signed root; and a sequencer in a process of its ` +
        'own beside the appends of 16 callers, with a checkpoint each second. Its processor time is that of its ' +
        'process and of its own sessions of the database, and that of the appends is the rest.',
      unit: 'events/s',
      standings,
      ratios: [],
      figures: figuresOf(standings, followed.shares, followed.delays),
    };
  } finally {
    await Promise.all([ardoise.close(), owner.end()]);
  }
}

function figuresOf(standings: readonly Standing[], shares: readonly number[], delays: readonly number[]): Figure[] {
  const [first, second] = standings;
  const [leaves, events] = [first?.perSecond.median ?? NaN, second?.perSecond.median ?? NaN];
  const share = median(shares.slice(1));
  const late = median(delays.slice(1));
  return [
    {
      what: 'leaves from a backlog',
      value: `${whole(leaves)}/s`,
      goal: `≥ ${whole(events)}/s`,
      reached: leaves >= events,
    },
    {
      what: "a sequencer's processor time beside that of the appends it follows",
      value: `${(share * 100).toFixed(1)} %`,
      goal: '< 10 %',
      reached: share < 0.1,
    },
    {
      what: 'from the last append to the checkpoint that covers it',
      value: `${late.toFixed(1)} s`,
      goal: '≤ 2 s',
      reached: late <= 2,
    },
  ];
}

/** Each round has a log of its own, made before. */
function catchingUp(url: string, { store }: ArdoiseLog): Contestant {
  let name = '';
  return {
    name: 'sequencer, from a backlog',
    async prepare() {
      name = `o${randomId()}`;
      for (let done = 0; done < backlog; done += 500) {
        const events = Array.from({ length: 500 }, () => ({
          header: randomBytes(450),
          sections: randomBytes(300),
          command: randomBytes(32),
        }));
        await store.append({ organisation: name, stream: `bench-${randomId()}`, expectedVersion: 0, events });
      }
    },
    async run() {
      const { sequencer, stop } = await startBenchSequencer(url, name);
      await sequencer.sequenced(name, BigInt(backlog));
      await stop();
      return backlog;
    },
  };
}

interface Followed {
  readonly contestant: Contestant;
  /** Of each round, the one that is not counted with them. */
  readonly shares: number[];
  /** Seconds. */
  readonly delays: number[];
  end(): Promise<void>;
}

async function followedAppends(url: string, ardoise: ArdoiseLog, owner: Pool): Promise<Followed> {
  const appends = appending(ardoise, await ardoise.streams(64), 16);
  const child = forkTypeScript(join(__dirname, '../ledger.process.ts'));
  child.send({ url, organisation });
  await messageFrom(child);
  const ledgerOf = new Ledger({ pool: owner, store: ardoise.store });
  const sessions = async (): Promise<number[]> => {
    const { rows } = await owner.query<{ pid: number }>(
      'SELECT pid FROM pg_stat_activity WHERE application_name = $1 AND datname = current_database()',
      [sequencerSessions],
    );
    return [child.pid ?? 0, ...rows.map(({ pid }) => pid)];
  };
  const server = async (): Promise<number[]> => {
    const { rows } = await owner.query<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity WHERE application_name IN ('bench log', 'bench vault') AND datname = current_database()`,
    );
    return rows.map(({ pid }) => pid);
  };
  const caughtUp = async (): Promise<void> => {
    const head = await ardoise.store.head(organisation);
    while (((await ledgerOf.latest(organisation))?.position ?? 0n) < head) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const shares: number[] = [];
  const delays: number[] = [];
  let spent = { its: [0], before: 0, appended: 0, ended: 0 };
  const contestant: Contestant = {
    name: following,
    async prepare() {
      await caughtUp();
      const its = await sessions();
      spent = { its, before: ownProcessorTime(its), appended: 0, ended: 0 };
    },
    async run(over) {
      const theirs = await server();
      const before = ownProcessorTime() + ownProcessorTime(theirs);
      const count = await appends.run(over);
      spent.appended = ownProcessorTime() + ownProcessorTime(theirs) - before;
      spent.ended = performance.now();
      return count;
    },
    async conclude() {
      await caughtUp();
      delays.push((performance.now() - spent.ended) / 1000);
      shares.push((ownProcessorTime(spent.its) - spent.before) / spent.appended);
    },
  };
  const end = async (): Promise<void> => {
    const ended = once(child, 'exit');
    child.send('stop');
    await ended;
  };
  return { contestant, shares, delays, end };
}
