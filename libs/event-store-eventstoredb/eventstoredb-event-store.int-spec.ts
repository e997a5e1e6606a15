import type { Append, AppendOutcome } from '@ardoise/event-store';
import { forkTypeScript, messageFrom } from '@ardoise/testing';
import { exec } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type ContractSubject, eventStoreContract, type FaultHooks } from '../event-store/contract';
import { EventStoreDBEventStore } from './eventstoredb-event-store';
import { onEventStoreDB } from './spec-support/on-eventstoredb';
import { Sockets } from './spec-support/sockets';

/** Commands that kill the server of EVENTSTORE_URL without warning, and start it again. */
const { EVENTSTORE_CRASH: crash, EVENTSTORE_START: start } = process.env;

/** The server takes every variable that begins with EVENTSTORE_ for an option of its own. */
const others = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('EVENTSTORE_')));
const run = (command = '') => promisify(exec)(command, { env: others });

/** Stores whose connections can be cut, all at once. */
function subjectOn(connectionString: string): Promise<ContractSubject> {
  const sockets = new Sockets(connectionString);
  const faults: Partial<FaultHooks> = {
    cutConnections: () => Promise.resolve(sockets.cut()),
    appendElsewhere: async (append: Append) => {
      const child = forkTypeScript(join(__dirname, 'contract-process.ts'));
      const answer = messageFrom<AppendOutcome>(child);
      child.send({ url: connectionString, append: JSON.stringify(append) });
      return answer;
    },
    crash: async (meanwhile) => {
      await run(crash);
      await meanwhile();
      await run(start);
    },
  };
  return Promise.resolve({
    open: () => new EventStoreDBEventStore({ connectionString }),
    dispose: () => Promise.resolve(sockets.release()),
    faults,
  });
}

onEventStoreDB('The contract', (url) => {
  eventStoreContract('EventStoreDB', () => subjectOn(url), [
    ...(['cutConnections', 'appendElsewhere'] as const),
    ...(crash && start ? (['crash'] as const) : []),
  ]);
});
