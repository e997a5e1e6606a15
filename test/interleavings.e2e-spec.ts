import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase, type TestDatabase } from '@ardoise/testing';
import type { AnyOpened } from '@ardoise/sealing';
import { KeyRotation } from '../src/keys/rotation/key-rotation';
import { completed, decideErasure } from './support/erasing';
import { searchDatabase } from './support/search';
import { seededFrom, type Chance } from './support/seeded';
import { startTestServer, type TestServer } from './support/server';
import { createCourse, enrol, registerLearner } from './support/story';

/** Rounds of up to four things at once. `ARDOISE_SEED` repeats a run, `ARDOISE_ROUNDS` makes it longer. */
const rounds = Number(process.env.ARDOISE_ROUNDS ?? 40);
const seed = Number(process.env.ARDOISE_SEED ?? randomInt(1, 2 ** 31));
const refused = [409, 410];

interface Learner {
  readonly person: string;
  readonly enrolment: string;
  readonly name: string;
  state: 'living' | 'erased';
  /** What was accepted, by the text that stands in it; `kept` outlives an erasure by law. */
  readonly said: { readonly text: string; readonly kept: boolean }[];
}

/** One organisation whose life goes on at random; what must hold at its end is known by the model alone. */
class Life {
  server!: TestServer;
  readonly learners: Learner[] = [];
  private course = '';
  private count = 0;
  private days = 0;

  constructor(
    private readonly chance: Chance,
    private readonly databaseUrl: string,
    private readonly keysFolder: string,
  ) {}

  async begin(): Promise<void> {
    await this.start();
    this.course = await createCourse(this.server);
    for (let i = 0; i < 3; i++) await this.register();
  }

  async round(): Promise<void> {
    // Alone: what makes the others' server or clock another one.
    if (this.chance.oneIn(12)) return this.restart();
    if (this.chance.oneIn(15)) return this.pass(this.chance.below(12) + 1);
    const things = Array.from({ length: this.chance.below(4) + 1 }, () => this.something());
    await Promise.all(things.map((thing) => thing()));
  }

  private something(): () => Promise<void> {
    const living = this.learners.filter(({ state }) => state === 'living');
    const one = living[this.chance.below(living.length)];
    const draw = this.chance.below(100);
    if (one === undefined || draw < 12) return () => this.register();
    if (draw < 24) return () => this.erase(one);
    if (draw < 29) return this.rotation();
    if (draw < 33) return () => this.rebuild();
    return this.writing(one);
  }

  private async register(): Promise<void> {
    const name = this.text();
    const person = await registerLearner(this.server, name);
    const enrolment = await enrol(this.server, person, this.course);
    this.learners.push({ person, enrolment, name, state: 'living', said: [{ text: name, kept: false }] });
  }

  /** Somebody who was erased may come again: as somebody else. */
  private async erase(learner: Learner): Promise<void> {
    if (learner.state === 'erased') return;
    learner.state = 'erased';
    await completed(this.server, await decideErasure(this.server, learner.person));
    if (this.chance.oneIn(3)) await this.register();
  }

  private writing({ person, enrolment, said }: Learner): () => Promise<void> {
    const text = this.text();
    const writings: [string, object, boolean][] = [
      [`/persons/${person}/profile-values`, { name: 'given-name', value: text }, false],
      [`/persons/${person}/notices`, { notice: text, channel: 'web' }, false],
      [`/persons/${person}/logins`, { address: '192.0.2.7', device: text, browser: 'Firefox' }, false],
      [`/enrolments/${enrolment}/resume-points`, { module: 'm1', point: text }, false],
      [`/persons/${person}/consents`, { purpose: 'marketing', choice: 'given', wording: text, channel: 'web' }, false],
      ['/invoices', { ...invoice, person, number: text, buyer: { name: text, address: 'Paris' } }, true],
    ];
    const [path, body, kept] = writings[this.chance.below(writings.length)] as [string, object, boolean];
    return async () => {
      const { status, body: answer } = await this.server.post(path, body);
      if (status < 300) said.push({ text, kept });
      else if (!refused.includes(status)) throw new Error(`${path}: ${status} ${JSON.stringify(answer)}`);
    };
  }

  private rotation(): () => Promise<void> {
    const horizonMilliseconds = this.chance.below(3) * 5 * 86_400_000;
    return () => this.server.app.get(KeyRotation, { strict: false }).rotate({ horizonMilliseconds });
  }

  private async rebuild(): Promise<void> {
    await this.server.platform.projections.rebuild({ batchSize: 50 }).catch((error: { code?: string }) => {
      if (error.code !== 'rebuild-under-way') throw error;
    });
  }

  private async restart(): Promise<void> {
    await this.server.settled();
    await this.server.close();
    await this.start();
  }

  /** Days go by: horizons of epochs come. Fewer in all than any period of what is written here. */
  private async pass(days: number): Promise<void> {
    this.days = Math.min(this.days + days, 150);
    this.server.clock.set(this.now());
    await this.server.app.get(KeyRotation, { strict: false }).runSchedule();
  }

  private async start(): Promise<void> {
    const environment = { ARDOISE_KEY_EPOCH_DAYS: '0' };
    const { databaseUrl, keysFolder } = this;
    this.server = await startTestServer({ databaseUrl, keysFolder, now: this.now().toISOString(), environment });
  }

  /** Each call a minute later, so that leases of before a restart are over. */
  private now(): Date {
    this.count += 1;
    return new Date(Date.parse('2026-03-02T09:00:00Z') + this.days * 86_400_000 + this.count * 60_000);
  }

  private text(): string {
    this.count += 1;
    return `TEXT-${seed}-${this.count}-X`;
  }
}

const invoice = {
  issuedOn: '2026-03-02',
  lines: [
    {
      label: 'Formation',
      courseTitle: 'Premiers secours',
      from: '2026-03-09',
      to: '2026-06-30',
      quantity: 1,
      unitAmount: 100,
      amount: 100,
    },
  ],
  currency: 'EUR',
  total: 100,
};

/** All that opens of the organisation's log, with keys that are loaded anew. */
async function openedTexts({ platform }: TestServer): Promise<{ texts: string; closed: AnyOpened['closed'] }> {
  let texts = '';
  const closed: AnyOpened['closed'][number][] = [];
  for (let after = 0n; ;) {
    const stored = await platform.store.readLog('mira', after, 500);
    const last = stored.at(-1);
    if (!last) return { texts, closed };
    for (const event of await platform.opener.open('mira', stored)) {
      texts += JSON.stringify(event.sections);
      closed.push(...event.closed);
    }
    after = last.position;
  }
}

describe('whatever happens in whatever order', () => {
  let database: TestDatabase;
  let folder: string;
  let life: Life;

  beforeAll(async () => {
    process.stdout.write(`ARDOISE_SEED=${seed} ARDOISE_ROUNDS=${rounds}\n`);
    database = await createTestDatabase();
    folder = mkdtempSync(join(tmpdir(), 'ardoise-life-'));
    life = new Life(seededFrom(seed), database.url, join(folder, 'keys'));
    await life.begin();
    for (let round = 0; round < rounds; round++) await life.round();
    await life.server.settled();
    await life.server.platform.projections.rebuild();
  }, 600_000);

  afterAll(async () => {
    await life.server.close();
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('no erased field opens, and every other does', async () => {
    const { texts, closed } = await openedTexts(life.server);
    const wrong = life.learners.flatMap(({ state, said }) =>
      said
        .filter(({ text, kept }) => texts.includes(`"${text}"`) !== (state === 'living' || kept))
        .map(({ text }) => `${text} (${state})`),
    );
    expect(wrong).toEqual([]);
    expect(closed.filter(({ state }) => state !== 'erased')).toEqual([]);
    expect(life.learners.some(({ state }) => state === 'erased')).toBe(true);
  });

  it('no byte of an erased person is in any table, and read models show everybody else', async () => {
    for (const { person, name, state } of life.learners) {
      const { status } = await life.server.get(`/persons/${person}`);
      expect([name, status]).toEqual([name, state === 'living' ? 200 : 410]);
      if (state === 'erased') expect(await searchDatabase(database.url, name)).toEqual([]);
    }
  });
});
