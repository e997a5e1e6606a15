import { Injectable, Module } from '@nestjs/common';
import { type Reaction, upon } from '@ardoise/reactions';
import { startTestServer, until, type TestServer } from '../../test/support/server';
import { capabilities } from '../capabilities';
import { courseCreated } from '../courses/domain/events';
import { EnrolmentDesk } from '../enrolments/spec-support/enrolment-desk';
import type { Capability } from '../platform/capability';

let broken = true;
const taken: string[] = [];

/** Fails at every event until somebody mends it. */
@Injectable()
class Failing implements Reaction {
  readonly name = 'failing';
  readonly on = upon(courseCreated, ({ id }) => {
    if (broken) return Promise.reject(new Error('Premiers secours'));
    taken.push(id);
    return Promise.resolve();
  });
}

@Module({ providers: [Failing] })
class FailingModule {}

const failing: Capability = {
  name: 'failing',
  events: [],
  projections: [],
  reactions: [Failing],
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
  const shown = async (): Promise<Shown | undefined> => {
    const { body } = await server.get('/reactions').expect(200);
    return (body as { readonly reactions: readonly Shown[] }).reactions.find(({ reaction }) => reaction === 'failing');
  };

  beforeAll(async () => (server = await startTestServer({ capabilities: [...capabilities, failing] })));
  afterAll(() => server.close());

  it('are looked at, dismissed and tried again over HTTP', async () => {
    const desk = new EnrolmentDesk(server);
    for (let course = 0; course < 3; course++) await desk.course();
    await until(async () => (await shown())?.state === 'stopped');
    const first = (await shown())?.deadLetter;
    expect(first?.code).toBe('reaction-failed');
    expect(JSON.stringify(await shown())).not.toContain('secours');

    const other = await server.post('/reactions/failing/dead-letter/dismissal', { event: 'f'.repeat(32) });
    expect([other.status, other.body.code]).toEqual([409, 'dead-letter-another']);
    const unknown = await server.post('/reactions/nobody/dead-letter/retry', { event: first?.event });
    expect([unknown.status, unknown.body.code]).toEqual([404, 'reaction-not-found']);

    await server.post('/reactions/failing/dead-letter/dismissal', { event: first?.event }).expect(200);
    await until(async () => ((await shown())?.deadLetter?.event ?? first?.event) !== first?.event);
    const second = (await shown())?.deadLetter;
    expect(taken).toEqual([]);

    broken = false;
    await server.post('/reactions/failing/dead-letter/retry', { event: second?.event }).expect(200);
    await until(() => Promise.resolve(taken.length === 2));
    expect(taken).toContain(second?.event);
    expect(taken).not.toContain(first?.event);
    const { body } = await server.get('/reactions').expect(200);
    expect((body as { readonly dismissed: object[] }).dismissed).toMatchObject([{ reaction: 'failing', ...first }]);
  });
});
