import { exec } from 'node:child_process';
import { promisify } from 'node:util';

/**
 * Three nodes of EventStoreDB on which nothing was written yet, and commands that kill the one that leads (`kill -9`) and
 * start those that do not run; see CONTRIBUTING.md.
 */
const {
  EVENTSTORE_CLUSTER_URL: url,
  EVENTSTORE_KILL_LEADER: killing,
  EVENTSTORE_START_MISSING: starting,
} = process.env;

export interface Cluster {
  readonly url: string;
  /** Kills the leader without warning. */
  killLeader(): Promise<void>;
  /** Starts what was killed. */
  startMissing(): Promise<void>;
}

/** Tests on a cluster; without one they are left out. */
export function onCluster(name: string, tests: (cluster: Cluster) => void): void {
  if (url && killing && starting) {
    const cluster = { url, killLeader: () => run(killing), startMissing: () => run(starting) };
    describe(name, () => tests(cluster));
  } else {
    describe(name, () => it.skip('is shown where EVENTSTORE_CLUSTER_URL names three nodes', () => undefined));
  }
}

/** The server takes every variable that begins with EVENTSTORE_ for an option of its own. */
async function run(command: string): Promise<void> {
  const others = Object.entries(process.env).filter(([variable]) => !variable.startsWith('EVENTSTORE_'));
  await promisify(exec)(command, { env: Object.fromEntries(others) });
}
