import { afterAll, beforeAll, describe } from '@jest/globals';
import { appendingAndReading } from './contract-basics';
import { ContractContext, ContractSubject } from './contract-fixtures';
import { faults } from './contract-faults';
import { races } from './contract-races';
import { subscribing } from './contract-subscriptions';

export { deliveredUntil, newAppend, newEvent, newOrganisation, newStream, readAll } from './contract-fixtures';
export type { ContractSubject, FaultHooks } from './contract-fixtures';

/**
 * What every event store must do, whatever engine is below. The factory gives a storage on which two and more
 * independent stores are opened; `hooks` names the faults that it can provoke, and so which of those tests run.
 */
export function eventStoreContract(
  name: string,
  factory: () => Promise<ContractSubject>,
  hooks: readonly (keyof NonNullable<ContractSubject['faults']>)[] = [],
): void {
  describe(`The event store on ${name}`, () => {
    const context = new ContractContext();
    beforeAll(async () => context.start(await factory()));
    afterAll(() => context.stop());
    appendingAndReading(context);
    subscribing(context);
    races(context, hooks);
    faults(context, hooks);
  });
}
