import { Speed } from './speed';

describe('The speed of a copy', () => {
  it('is that of the last seconds, of each work by itself', () => {
    let now = 0;
    const speed = new Speed(() => now);
    const after = (seconds: number, work: string, events: number) => {
      now += seconds * 1_000;
      return speed.of(work, events);
    };
    expect(after(0, 'copy', 0)).toBe(0);
    expect(after(1, 'copy', 500)).toBe(500);
    expect(after(1, 'copy', 1_500)).toBe(1_000);
    expect(after(0, 'verify', 0)).toBe(0);
    expect(after(30, 'copy', 10)).toBe(0);
    expect(after(2, 'copy', 40)).toBe(20);
  });
});
