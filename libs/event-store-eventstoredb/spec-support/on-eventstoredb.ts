import { describe, it } from '@jest/globals';

/** Tests on the EventStoreDB that `EVENTSTORE_URL` names; where it names none, they are left out. */
export function onEventStoreDB(name: string, tests: (url: string) => void): void {
  const url = process.env.EVENTSTORE_URL;
  if (url) describe(name, () => tests(url));
  else describe(name, () => it.skip('is shown where EVENTSTORE_URL names an EventStoreDB', () => undefined));
}
