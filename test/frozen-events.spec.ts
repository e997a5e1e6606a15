import { categories } from '@ardoise/policy';
import { defineEvent, EventRegistry, eventShape, integer, text, upcast, type EventDeclaration } from '@ardoise/sealing';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { openerOf, storedFrozen } from '../libs/testing/frozen-event';
import { capabilities } from '../src/capabilities';
import { FrozenEvents, type Declaring } from '../tools/frozen-events';

const root = resolve(__dirname, '..');

describe('every version of every event', () => {
  const frozen = new FrozenEvents(root, capabilities);
  const registry = new EventRegistry(
    capabilities.flatMap(({ events }) => [...events]),
    categories,
    capabilities.flatMap(({ upcasters }) => [...(upcasters ?? [])]),
  );

  it('is as it was when it was frozen', () => {
    expect(frozen.complaints()).toEqual([]);
    expect(frozen.strays()).toEqual([]);
  });

  it('is on a record that only ever grew', () => {
    // As the branch grew: what was tried within work that landed as one does not count.
    const grown = ['log', '-p', '-m', '--first-parent', '--format=', '--', 'docs/event-versions.txt'];
    const history = spawnSync('git', grown, { cwd: root, encoding: 'utf8' });
    // Where the sources stand without their history there is nothing to compare with.
    const removed = history.status === 0 ? history.stdout.split('\n').filter((line) => /^-[a-z]/.test(line)) : [];
    expect(removed).toEqual([]);
  });

  it.each(frozen.all().map(({ file, ...one }) => [file, one] as const))('%s opens', async (_, one) => {
    const { frozen: stored, declaration } = one;
    expect(stored.shape).toEqual(eventShape(declaration));
    const event = storedFrozen(stored);
    const opener = openerOf(stored, registry);
    const sections = await opener.openFields(event.organisation, event);
    const said = sections.map((section) => {
      if (!('fields' in section)) throw new Error('its key is there');
      const fields = Object.fromEntries(section.fields.map(({ name, value }) => [name, value]));
      return [section.role, fields];
    });
    expect(Object.fromEntries(said)).toEqual(
      Object.fromEntries(
        Object.entries(stored.says.sections).map(([role, { person, occurredAt, fields } = never()]) => [
          role,
          expect.objectContaining({ ...fields, person, occurredAt }) as unknown,
        ]),
      ),
    );
    const present = await opener.open(event.organisation, [event]);
    expect(present.length).toBeGreaterThan(0);
    for (const { type, schema } of present) expect(registry.toWrite(type).schema).toBe(schema);
    if (registry.upcasterOf(stored.type, stored.schema) === undefined) {
      expect(present[0]).toMatchObject({ type: stored.type, facts: stored.says.facts, closed: [] });
    }
  });
});

function never(): never {
  throw new Error('every section of a frozen event says something');
}

describe('a change of an event', () => {
  const before = defineEvent({
    type: 'seat-held',
    schema: 1,
    stream: 'session',
    facts: { seat: integer(0) },
    sections: {},
  });
  const after = { ...before, facts: { seat: text() } };
  const declaring = (events: readonly EventDeclaration[], upcasters: Declaring['upcasters'] = []): Declaring => ({
    name: 'sessions',
    events,
    upcasters,
  });
  let folder: string;
  const looking = (events: readonly EventDeclaration[], upcasters: Declaring['upcasters'] = []): FrozenEvents =>
    new FrozenEvents(folder, [declaring(events, upcasters)]);

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ardoise-frozen-'));
    cpSync(join(root, 'docs', 'format.md'), join(folder, 'docs', 'format.md'));
    expect(looking([before]).complaints()).toEqual([
      'seat-held/1 is new: run "npm run freeze", and commit what it writes',
    ]);
    expect(await looking([before]).add()).toEqual(['seat-held/1']);
    expect(looking([before]).complaints()).toEqual([]);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('without a new version is told what to do', () => {
    expect(looking([after]).complaints()).toEqual([expect.stringContaining('declare the new shape as version 2')]);
  });

  it('without a way from the earlier version is told so', () => {
    expect(looking([{ ...after, schema: 2 }]).complaints()).toEqual([
      expect.stringContaining('seat-held/2 is new'),
      expect.stringContaining('seat-held/1 was stored and cannot be read any more'),
    ]);
  });

  it('without a frozen event of the new version is told so, and is done when there is one', async () => {
    const now = { ...after, schema: 2 };
    const way = upcast(before, { to: now, facts: ({ seat }) => ({ seat: String(seat) }) });
    expect(looking([now], [way]).complaints()).toEqual([expect.stringContaining('seat-held/2 is new')]);
    const untouched = readFileSync(join(folder, 'src/sessions/domain/frozen/seat-held.1.json'), 'utf8');
    expect(await looking([now], [way]).add()).toEqual(['seat-held/2']);
    expect(looking([now], [way]).complaints()).toEqual([]);
    expect(readFileSync(join(folder, 'src/sessions/domain/frozen/seat-held.1.json'), 'utf8')).toBe(untouched);
    // An earlier version that is bent to fit is found too.
    const bent = upcast({ ...before, facts: { seat: text() } }, { to: now });
    expect(looking([now], [bent]).complaints()).toEqual([expect.stringContaining('an earlier version was changed')]);
  });

  it('that also makes the stored bytes anew is found by the record', () => {
    const file = join(folder, 'src/sessions/domain/frozen/seat-held.1.json');
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll('\\"seat\\":7', '\\"seat\\":8'));
    expect(looking([before]).complaints()).toEqual([expect.stringContaining('is not what was frozen')]);
    rmSync(file);
    expect(looking([before]).complaints()).toEqual([expect.stringContaining('is missing')]);
  });
});
