import { ErasureRunner } from '../../src/erasures/process/erasure-runner';
import { until, type TestServer } from './server';

/** Decides the erasure of a person; gives its id. */
export async function decideErasure(server: TestServer, person: string): Promise<string> {
  return (await server.post(`/persons/${person}/erasures`).expect(202)).body.id as string;
}

/** Carries on what can be carried on, until the erasure is complete. */
export async function completed(server: TestServer, erasure: string): Promise<void> {
  await until(async () => {
    await server.app.get(ErasureRunner, { strict: false }).completeWaiting();
    return (await server.get(`/erasures/${erasure}`)).body.state === 'completed';
  });
  await server.settled();
}

/** Erases a person, and waits until that is complete; gives the erasure's id. */
export async function erased(server: TestServer, person: string): Promise<string> {
  const erasure = await decideErasure(server, person);
  await completed(server, erasure);
  return erasure;
}
