import { Injectable, Module } from '@nestjs/common';
import { type Reaction, upon } from '@ardoise/reactions';
import { startTestServer, until, type TestServer } from '../../test/support/server';
import { capabilities } from '../capabilities';
import { courseCreated } from '../courses/domain/events';
import { EnrolmentDesk } from '../enrolments/spec-support/enrolment-desk';
import type { Capability } from '../platform/capability';

let broken = true;

/** Fails at the first event that it sees, until somebody mends it. */
abstract class Failing implements Reaction {
  abstract readonly name: string;
  readonly taken: string[] = [];
  private first: string | undefined;
  readonly on = upon(courseCreated, ({ id }) => {
    this.first ??= id;
    if (broken && id === this.first) return Promise.reject(new Error('Premiers secours'));
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

interface Letter {
  readonly event: string;
  readonly code: string;
  readonly position: string;
}

interface Shown {
  readonly reaction: string;
  readonly state: string;
  readonly parked: readonly Letter[];
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
    const parked = async (name: string): Promise<readonly Letter[]> => (await shown(name))?.parked ?? [];
    await until(async () => (await parked('retried')).length === 1 && (await parked('dismissed')).length === 1);
    const [retried, dismissed] = [
      server.app.get(Retried, { strict: false }),
      server.app.get(Dismissed, { strict: false }),
    ];
    const [letter] = await parked('dismissed');
    expect(letter?.code).toBe('reaction-failed');
    // Each course has a stream of its own: it holds up no other, nor the reaction.
    await until(() => Promise.resolve(retried.taken.length === 2 && dismissed.taken.length === 2));
    expect((await shown('dismissed'))?.state).toBe('running');
    const { body: health } = await server.http().get('/health/ready').expect(200);
    expect((health as { checks: object }).checks).toMatchObject({ reactions: 'parked' });
    expect(JSON.stringify(await shown('dismissed'))).not.toContain('secours');

    const other = await server.post('/reactions/dismissed/dead-letter/dismissal', { event: 'f'.repeat(32) });
    expect([other.status, other.body.code]).toEqual([409, 'dead-letter-another']);
    const unknown = await server.post('/reactions/nobody/dead-letter/retry', { event: letter?.event });
    expect([unknown.status, unknown.body.code]).toEqual([404, 'reaction-not-found']);

    broken = false;
    await server.post('/reactions/retried/dead-letter/retry', { event: letter?.event }).expect(200);
    await server.post('/reactions/dismissed/dead-letter/dismissal', { event: letter?.event }).expect(200);
    await until(() => Promise.resolve(retried.taken.length === 3));
    expect(retried.taken).toContain(letter?.event);
    expect(dismissed.taken).not.toContain(letter?.event);
    const { body } = await server.get('/reactions').expect(200);
    expect((body as { readonly dismissed: object[] }).dismissed).toMatchObject([
      { reaction: 'dismissed', event: letter?.event, code: 'reaction-failed', position: letter?.position },
    ]);
    await until(async () => (await parked('retried')).length === 0);
    expect(await parked('dismissed')).toEqual([]);
  });
});
