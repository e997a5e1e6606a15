import { CommandBus, type ICommand } from '@nestjs/cqrs';
import type { Type } from '@nestjs/common';
import type { Reaction } from '@ardoise/reactions';
import type { AnyOpened } from '@ardoise/sealing';
import { randomUUID } from 'node:crypto';
import { startTestServer, type TestServer } from '../../../test/support/server';
import { SeatLapser } from '../../sessions/seat-lapser';
import { Seats } from '../../sessions/seats';
import { EnrolmentDesk } from '../spec-support/enrolment-desk';
import { CompletionReaction } from './completion.reaction';
import { PromotionReaction } from './promotion.reaction';
import { ReleaseReaction } from './release.reaction';
import { SeatingReaction } from './seating.reaction';
import { Steps } from './steps';

/** The process dies just after a command was carried out. */
class Killed extends Error {}

describe('the processes of enrolments', () => {
  let server: TestServer;
  let desk: EnrolmentDesk;

  beforeAll(async () => {
    // Nothing reacts by itself: each step is made, interrupted and repeated by the test.
    server = await startTestServer({ environment: { ARDOISE_WORK: 'off' } });
    await server.platform.projections.start();
    desk = new EnrolmentDesk(server);
    await desk.open();
  });

  afterAll(() => server.close());

  const places = async (session: string): Promise<object> => {
    await shown();
    return (await server.get(`/sessions/${session}`).expect(200)).body.places;
  };

  async function shown(): Promise<void> {
    await server.platform.projections.waitFor('mira', await server.platform.store.head('mira'));
  }

  async function eventsOf(stream: string): Promise<AnyOpened[]> {
    const { store, opener } = server.platform;
    return opener.open('mira', await store.readStream('mira', stream));
  }

  /** Lets a reaction meet the events of its types in a stream. */
  async function react(type: Type<Reaction>, stream: string): Promise<void> {
    const reaction = server.app.get(type, { strict: false });
    for (const event of await eventsOf(stream)) await reaction.on[event.type]?.(event);
  }

  /**
   * Kills the process after each command that recorded something, until it comes through; then runs it once more, which
   * records nothing. Gives the number of kills.
   */
  async function reactThroughKills(type: Type<Reaction>, stream: string): Promise<number> {
    const { store } = server.platform;
    for (let kills = 0; ; kills++) {
      const before = await store.head('mira');
      const restore = afterEachCommand(async () => {
        if ((await store.head('mira')) > before) throw new Killed();
      });
      try {
        await react(type, stream);
        expect(await store.head('mira')).toBe(before);
        return kills;
      } catch (error) {
        if (!(error instanceof Killed)) throw error;
      } finally {
        restore();
      }
    }
  }

  /** Gives what ends it. */
  function afterEachCommand(then: (command: ICommand) => Promise<void>): () => void {
    const bus = server.app.get(CommandBus);
    const spy = jest.spyOn(bus, 'execute').mockImplementation(async (command: ICommand): Promise<void> => {
      const result = (await CommandBus.prototype.execute.call(bus, command)) as void;
      await then(command);
      return result;
    });
    return () => spy.mockRestore();
  }

  const approve = async (session?: string): Promise<string> => {
    const enrolment = await desk.requested(session);
    await server.post(`/enrolments/${enrolment}/approval`).expect(200);
    return enrolment;
  };

  const seated = async (session?: string): Promise<string> => {
    const enrolment = await approve(session);
    await react(SeatingReaction, `enrolment-${enrolment}`);
    return enrolment;
  };

  const typesOf = async (stream: string): Promise<string[]> => (await eventsOf(stream)).map(({ type }) => type);

  it('seat an enrolment, whatever step they die after', async () => {
    const session = await desk.session({ capacity: 1 });
    const enrolment = await approve(session);
    expect(await reactThroughKills(SeatingReaction, `enrolment-${enrolment}`)).toBe(4);
    expect(await typesOf(`enrolment-${enrolment}`)).toEqual([
      'enrolment-requested',
      'enrolment-approved',
      'seat-assigned',
      'enrolment-decided',
    ]);
    expect(await typesOf(`session-${session}`)).toEqual(['session-opened', 'seat-held', 'seat-confirmed']);
  });

  it('queue an enrolment and promote it, whatever step they die after', async () => {
    const session = await desk.session({ capacity: 1 });
    const [first, second] = [await seated(session), await approve(session)];
    await reactThroughKills(SeatingReaction, `enrolment-${second}`);
    expect(await desk.state(second)).toBe('waiting');

    await server.post(`/enrolments/${first}/withdrawal`).expect(200);
    await reactThroughKills(ReleaseReaction, `enrolment-${first}`);
    expect(await places(session)).toEqual({ capacity: 1, free: 0, held: 1, confirmed: 0, queued: 0 });
    await reactThroughKills(PromotionReaction, `session-${session}`);
    expect(await desk.state(second)).toBe('confirmed');
    expect(await places(session)).toEqual({ capacity: 1, free: 0, held: 0, confirmed: 1, queued: 0 });
  });

  it('promote somebody whose place came free before it was known that they wait', async () => {
    const session = await desk.session({ capacity: 1 });
    const [first, second] = [await seated(session), await approve(session)];
    const restore = afterEachCommand(async (command) => {
      if (command.constructor.name !== 'AssignSeatCommand') return;
      restore();
      await server.post(`/enrolments/${first}/withdrawal`).expect(200);
      await react(ReleaseReaction, `enrolment-${first}`);
      await react(PromotionReaction, `session-${session}`);
    });
    await react(SeatingReaction, `enrolment-${second}`);
    expect(await desk.state(second)).toBe('confirmed');
  });

  it('give back the seat of an enrolment that ended while it was being seated', async () => {
    const session = await desk.session({ capacity: 1 });
    const enrolment = await approve(session);
    const steps = server.app.get(Steps, { strict: false });
    const { seat } = await steps.place('mira', enrolment, session);
    const context = { organisation: 'mira', commandId: randomUUID(), source: 'system' };
    await server.app.get(Seats, { strict: false }).hold(context, session, seat);
    await server.post(`/enrolments/${enrolment}/cancellation`).expect(200);
    await react(SeatingReaction, `enrolment-${enrolment}`);
    await reactThroughKills(ReleaseReaction, `enrolment-${enrolment}`);
    expect(await places(session)).toEqual({ capacity: 1, free: 1, held: 0, confirmed: 0, queued: 0 });
  });

  it('transfer an enrolment, whatever step they die after', async () => {
    const [from, to] = [await desk.session({ capacity: 1 }), await desk.session({ capacity: 1 })];
    const enrolment = await seated(from);
    await server.post(`/enrolments/${enrolment}/transfer`, { session: to }).expect(200);
    await reactThroughKills(ReleaseReaction, `enrolment-${enrolment}`);
    await reactThroughKills(SeatingReaction, `enrolment-${enrolment}`);
    expect(await desk.state(enrolment)).toBe('confirmed');
    expect(await places(from)).toMatchObject({ free: 1, confirmed: 0 });
    expect(await places(to)).toMatchObject({ free: 0, confirmed: 1 });
  });

  it('find a seat anew for an enrolment whose end is annulled, and end it again when that was wrong', async () => {
    const session = await desk.session({ capacity: 1 });
    const [first, second] = [await seated(session), await seated(session)];
    const ended = await server.post(`/enrolments/${first}/no-show`).expect(200);
    await react(ReleaseReaction, `enrolment-${first}`);
    await react(PromotionReaction, `session-${session}`);
    expect(await desk.state(second)).toBe('confirmed');

    const annul = (event: string) =>
      server.post(`/enrolments/${first}/corrections`, { event, action: 'annulled', reason: 'était là' }).expect(200);
    const annulled = await annul(ended.body.events[0]);
    await reactThroughKills(SeatingReaction, `enrolment-${first}`);
    expect(await desk.state(first)).toBe('waiting');
    await annul(annulled.body.events[0]);
    await reactThroughKills(ReleaseReaction, `enrolment-${first}`);
    expect(await desk.state(first)).toBe('no-show');
    expect(await places(session)).toMatchObject({ confirmed: 1, queued: 0 });
  });

  it('complete an enrolment whose learning is finished, once', async () => {
    const enrolment = await approve();
    const { person } = (await server.get(`/enrolments/${enrolment}`)).body;
    const occurredAt = '2026-03-01T23:30:00.000Z';
    const learner = { person, occurredAt, fields: { enrolment } };
    const finished = { organisation: 'mira', id: 'f'.repeat(32), sections: { learner } } as unknown as AnyOpened;
    const reaction = server.app.get(CompletionReaction, { strict: false });
    await reaction.on['learning-finished'](finished);
    await reaction.on['learning-finished'](finished);
    const { body } = await server.get(`/enrolments/${enrolment}`).expect(200);
    // The day is the organisation's, in Paris.
    expect(body).toMatchObject({ state: 'completed', endedOn: '2026-03-02', version: 4 });
  });

  it('let a held seat lapse that nobody confirms, and find another for whoever was late', async () => {
    const session = await desk.session({ capacity: 1 });
    const late = await approve(session);
    const steps = server.app.get(Steps, { strict: false });
    const { seat } = await steps.place('mira', late, session);
    const context = { organisation: 'mira', commandId: randomUUID(), source: 'system' };
    await server.app.get(Seats, { strict: false }).hold(context, session, seat);
    const next = await seated(session);
    expect(await desk.state(next)).toBe('waiting');

    server.clock.advance(16 * 60_000);
    await shown();
    const lapser = server.app.get(SeatLapser, { strict: false });
    expect(await lapser.lapseOverdue()).toBe(1);
    await shown();
    expect(await lapser.lapseOverdue()).toBe(0);
    await react(PromotionReaction, `session-${session}`);
    expect(await desk.state(next)).toBe('confirmed');
    await react(SeatingReaction, `enrolment-${late}`);
    expect(await desk.state(late)).toBe('waiting');
  });
});
