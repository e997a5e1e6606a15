import { Day, Instant, Int, isDay, isInstant, ListOf, Nested, Text } from './fields';
import { readLine } from './ndjson';
import { cursorOf, pageOf } from './page';
import type { ProblemError } from './problem';

class Part {
  @Text()
  label: string;

  @Int({ optional: true })
  count?: number;
}

class Body {
  @ListOf(() => Part, { optional: true })
  parts?: Part[];

  @Nested(() => Part, { optional: true })
  part?: Part;

  @Day({ optional: true })
  on?: string;

  @Instant({ optional: true })
  at?: string;
}

const read = (value: unknown): Promise<Body> => readLine(Body, { line: 1, text: JSON.stringify(value) });
const places = async (value: unknown): Promise<(string | undefined)[]> => {
  const error = await read(value).then(
    () => undefined,
    (reason: unknown) => reason as ProblemError,
  );
  expect(error).toMatchObject({ status: 422, code: 'request-not-valid' });
  return (error?.errors ?? []).map(({ at }) => at);
};

describe('a request', () => {
  it('leaves out what it does not say', async () => {
    expect(await read({ parts: [{ label: 'a' }] })).toEqual({ parts: [{ label: 'a' }] });
  });

  it.each(['parts', 'part', 'on', 'at'])('does not say null of %s', async (name) => {
    expect(await places({ [name]: null })).toContain(`/${name}`);
  });

  it('does not say null of a part of a part', async () => {
    expect(new Set(await places({ part: { label: 'a', count: null } }))).toEqual(new Set(['/part/count']));
  });

  it.each([[[[]]], [[[{ label: 'a' }]]], [[null]], [['a']], [[1]]])('holds no list %j of parts', async (parts) => {
    expect(await places({ parts })).toContain('/parts');
  });

  it('dates facts within years that a stored day can hold, and whose retention ends in such a year', () => {
    for (const day of ['0000-01-01', '0001-01-01', '1899-12-31', '2200-01-01', '9999-12-31', '2026-02-30']) {
      expect([day, isDay(day)]).toEqual([day, false]);
      expect([day, isInstant(`${day}T12:00:00Z`)]).toEqual([day, false]);
    }
    expect(isDay('1900-01-01') && isDay('2199-12-31')).toBe(true);
    // The offset can lead out of the years.
    expect(isInstant('1900-01-01T00:00:00+00:01')).toBe(false);
    expect(isInstant('1900-01-01T00:00:00Z')).toBe(true);
  });
});

describe('a cursor', () => {
  const given = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const after = (value: unknown) => cursorOf(given(value), isDay, (part) => /^[a-z]$/.test(part));

  it('comes back as the key of the last item', () => {
    const { next } = pageOf(
      ['b', 'c'],
      1,
      (row) => row,
      (row) => ['2026-03-02', row],
    );
    expect(cursorOf(next, isDay, () => true)).toEqual(['2026-03-02', 'b']);
    expect(cursorOf(undefined, isDay)).toBeUndefined();
  });

  it.each([
    [[]],
    [['2026-03-02']],
    [['2026-03-02', 'b', 'c']],
    [['2026-02-30', 'b']],
    [['2026-03-02', '\u0000']],
    [['2026-03-02', 1]],
    [{ 0: '2026-03-02', 1: 'b', length: 2 }],
    [null],
  ])('%j is refused', (value) => {
    expect(() => after(value)).toThrow(expect.objectContaining({ status: 400, code: 'cursor-malformed' }));
  });
});
