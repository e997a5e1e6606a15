import { SettableClock } from '@ardoise/time';
import { Lease, LeaseCache } from './lease';

function setUp(milliseconds = 1_000, limit = 3) {
  const clock = new SettableClock(new Date('2026-11-22T10:00:00Z'));
  const monotonic = { now: 0 };
  const lease = new Lease(milliseconds, clock, () => monotonic.now);
  const dropped: string[] = [];
  const cache = new LeaseCache<string>(lease, limit, (value) => dropped.push(value));
  const put = (name: string) => cache.put(name, name, lease.read(), cache.generation);
  return { clock, monotonic, lease, cache, put, dropped };
}

describe('a lease', () => {
  it('holds until just before its bound on both clocks', () => {
    const { clock, monotonic, cache, put } = setUp();
    put('a');
    clock.advance(999);
    monotonic.now = 999;
    expect(cache.get('a')).toBe('a');
  });

  it('ends by the monotonic clock alone', () => {
    const { monotonic, cache, put } = setUp();
    put('a');
    monotonic.now = 1_000;
    expect(cache.get('a')).toBeUndefined();
  });

  it('ends by the wall clock alone, as in a machine that was suspended', () => {
    const { clock, cache, put } = setUp();
    put('a');
    clock.advance(1_000);
    expect(cache.get('a')).toBeUndefined();
    clock.advance(-500);
    expect(cache.get('a')).toBeUndefined();
  });

  it('ends when the wall clock goes back, even to after its beginning', () => {
    const { clock, cache, put } = setUp();
    put('a');
    clock.advance(500);
    expect(cache.get('a')).toBe('a');
    clock.advance(-1);
    expect(cache.get('a')).toBeUndefined();
  });

  it('is counted from before the key was asked for', () => {
    const { monotonic, lease, cache } = setUp();
    const since = lease.read();
    monotonic.now = 700;
    cache.put('a', 'a', since, cache.generation);
    expect(cache.get('a')).toBe('a');
    monotonic.now = 1_000;
    expect(cache.get('a')).toBeUndefined();
  });

  it('of 0 keeps nothing', () => {
    const { cache, put } = setUp(0);
    expect(put('a')).toBe(false);
    expect(cache.get('a')).toBeUndefined();
  });

  it('is refused when it is no length of time', () => {
    expect(() => setUp(-1)).toThrow(RangeError);
    expect(() => setUp(Number.NaN)).toThrow(RangeError);
  });
});

describe('a cache of leased keys', () => {
  it('forgets the oldest when it is full', () => {
    const { cache, put, dropped } = setUp();
    for (const name of ['a', 'b', 'c', 'd']) put(name);
    expect(dropped).toEqual(['a']);
    expect(cache.size).toBe(3);
  });

  it('does not keep what was asked for before a drop', () => {
    const { lease, cache } = setUp();
    const since = lease.read();
    const { generation } = cache;
    cache.drop(['a']);
    expect(cache.put('a', 'a', since, generation)).toBe(false);
    expect(cache.get('a')).toBeUndefined();
  });

  it('purges what has ended without being asked for it', () => {
    const { monotonic, lease, cache, put, dropped } = setUp();
    put('a');
    monotonic.now = 600;
    put('b');
    monotonic.now = 1_200;
    cache.purge(lease.read());
    expect(dropped).toEqual(['a']);
    expect(cache.size).toBe(1);
  });
});
