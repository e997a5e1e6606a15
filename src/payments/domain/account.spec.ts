import { accountOf, instalmentsOf, standing } from './account';

const captured = (amount: number, instalment?: number) => ({
  movement: 'captured' as const,
  amount,
  ...(instalment === undefined ? {} : { instalment }),
});
const refunded = (amount: number) => ({ movement: 'refunded' as const, amount });
const instalments = [
  { dueOn: '2026-02-01', amount: 100 },
  { dueOn: '2026-03-01', amount: 100 },
  { dueOn: '2026-04-01', amount: 100 },
];

describe('an account', () => {
  it('owes what is neither captured nor credited, and what was refunded', () => {
    const failed = { movement: 'failed' as const, amount: 500 };
    expect(accountOf(300, [captured(200), failed, refunded(50)], [{ amount: 30 }])).toEqual({
      total: 300,
      captured: 200,
      refunded: 50,
      credited: 30,
      balance: 120,
    });
  });
});

describe('instalments', () => {
  it('are due, partly paid, paid, and overdue from the day after', () => {
    const states = (paid: number, today: string) =>
      instalmentsOf(instalments, [captured(paid)], [], today).map(({ state }) => state);
    expect(states(0, '2026-02-01')).toEqual(['due', 'due', 'due']);
    expect(states(0, '2026-02-02')).toEqual(['overdue', 'due', 'due']);
    expect(states(150, '2026-02-02')).toEqual(['paid', 'partly-paid', 'due']);
    expect(states(150, '2026-03-02')).toEqual(['paid', 'overdue', 'due']);
    expect(states(300, '2026-05-01')).toEqual(['paid', 'paid', 'paid']);
  });

  it('take what names them, then what names none and credit notes, oldest first', () => {
    const paid = instalmentsOf(instalments, [captured(100, 2), captured(60)], [{ amount: 80 }], '2026-01-01');
    expect(paid.map((one) => one.paid)).toEqual([100, 100, 40]);
  });

  it('open again when money is given back', () => {
    const paid = instalmentsOf(instalments, [captured(200), refunded(150)], [], '2026-01-01');
    expect(paid.map((one) => one.paid)).toEqual([50, 0, 0]);
  });
});

describe('standing', () => {
  const movement = { id: 'm', amount: 10 };
  const correction = (id: string, corrects: string, change: number | 'annulled') =>
    change === 'annulled'
      ? { id, corrects, action: 'annulled' as const }
      : { id, corrects, action: 'corrected' as const, amount: change };

  it('is the record with its corrections, in order', () => {
    expect(standing([movement], [])).toEqual([movement]);
    expect(standing([movement], [correction('a', 'm', 20), correction('b', 'm', 30)])).toEqual([
      { id: 'm', amount: 30 },
    ]);
    expect(standing([movement], [correction('a', 'm', 'annulled')])).toEqual([]);
  });

  it('follows corrections of corrections', () => {
    const first = correction('a', 'm', 20);
    expect(standing([movement], [first, correction('b', 'a', 'annulled')])).toEqual([movement]);
    expect(standing([movement], [first, correction('b', 'a', 25)])).toEqual([{ id: 'm', amount: 25 }]);
    const annulled = correction('a', 'm', 'annulled');
    const restored = [annulled, correction('b', 'a', 'annulled')];
    expect(standing([movement], restored)).toEqual([movement]);
    expect(standing([movement], [...restored, correction('c', 'b', 'annulled')])).toEqual([]);
  });
});
