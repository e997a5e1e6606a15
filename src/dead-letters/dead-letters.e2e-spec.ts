import { Injectable, Module } from '@nestjs/common';
import { type Reaction, upon } from '@ardoise/reactions';
import { startTestServer, until, type TestServer } from '../../test/support/server';
import { capabilities } from '../capabilities';
import { courseCreated } from '../courses/domain/events';
import { EnrolmentDesk } from '../enrolments/spec-support/enrolment-desk';
import type { Capability } from '../platform/capability';

let broken = true;

/** Fails at every event until somebody mends it. */
abstract class Failing implements Reaction {
  abstract readonly name: string;
  readonly taken: string[] = [];
  readonly on = upon(courseCreated, ({ id }) => {
    if (broken) return Promise.reject(new Error('Premiers secours'));
    this.taken.push(id);
    return Promise.resolve();
  });
}

@Injectable()
class Retried extends Failing {
  readonly name = 'retried';
}

@Injectable()
class Dismissed extends Failing {
  readonly name = 'dismissed';
}

@Module({ providers: [Retried, Dismissed] })
class FailingModule {}

const failing: Capability = {
  name: 'failing',
  events: [],
  projections: [],
  reactions: [Retried, Dismissed],
  deciders: [],
  module: FailingModule,
};

interface Shown {
  readonly reaction: string;
  readonly state: string;
  readonly deadLetter?: { readonly event: string; readonly code: string; readonly position: string };
}

describe('dead letters of reactions', () => {
  let server: TestServer;
  const shown = async (name: string): Promise<Shown | undefined> => {
    const { body } = await server.get('/reactions').expect(200);
    return (body as { readonly reactions: readonly Shown[] }).reactions.find(({ reaction }) => reaction === name);
  };

  beforeAll(async () => (server = await startTestServer({ capabilities: [...capabilities, failing] })));
  afterAll(() => server.close());

  it('are looked at, tried again and dismissed over HTTP', async () => {
    const desk = new EnrolmentDesk(server);
    for (let course = 0; course < 3; course++) await desk.course();
    const isStopped = async (name: string): Promise<boolean> => (await shown(name))?.state === 'stopped';
    await until(async () => (await isStopped('retried')) && (await isStopped('dismissed')));
    const letter = (await shown('dismissed'))?.deadLetter;
    expect(letter?.code).toBe('reaction-failed');
    expect(JSON.stringify(await shown('dismissed'))).not.toContain('secours');

    const other = await server.post('/reactions/dismissed/dead-letter/dismissal', { event: 'f'.repeat(32) });
    expect([other.status, other.body.code]).toEqual([409, 'dead-letter-another']);
    const unknown = await server.post('/reactions/nobody/dead-letter/retry', { event: letter?.event });
    expect([unknown.status, unknown.body.code]).toEqual([404, 'reaction-not-found']);

    broken = false;
    await server.post('/reactions/retried/dead-letter/retry', { event: letter?.event }).expect(200);
    await server.post('/reactions/dismissed/dead-letter/dismissal', { event: letter?.event }).expect(200);
    const [retried, dismissed] = [
      server.app.get(Retried, { strict: false }),
      server.app.get(Dismissed, { strict: false }),
    ];
    await until(() => Promise.resolve(retried.taken.length === 3 && dismissed.taken.length === 2));
    expect(retried.taken).toContain(letter?.event);
    expect(dismissed.taken).not.toContain(letter?.event);
    const { body } = await server.get('/reactions').expect(200);
    expect((body as { readonly dismissed: object[] }).dismissed).toMatchObject([{ reaction: 'dismissed', ...letter }]);
    expect(await isStopped('dismissed')).toBe(false);
  });
});
