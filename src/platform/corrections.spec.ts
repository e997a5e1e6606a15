import { underCorrections, type Correction } from './corrections';

interface Values {
  readonly score: number;
  readonly module: string;
}

const fact = { id: 'f', values: { score: 8, module: 'm1' } };

const corrected = (id: string, corrects: string, changes: Partial<Values>): Correction<Values> => ({
  id,
  corrects,
  action: 'corrected',
  changes,
});
const annulled = (id: string, corrects: string): Correction<Values> => ({
  id,
  corrects,
  action: 'annulled',
  changes: {},
});

describe('a fact under corrections', () => {
  it('says what the last of them says, part by part', () => {
    const list = [corrected('a', 'f', { score: 12 }), corrected('b', 'f', { module: 'm2' })];
    expect(underCorrections(fact, list)).toEqual({ annulled: false, values: { score: 12, module: 'm2' } });
  });

  it('is annulled, and is as before when the annulment is annulled', () => {
    expect(underCorrections(fact, [annulled('a', 'f')]).annulled).toBe(true);
    expect(underCorrections(fact, [annulled('a', 'f'), annulled('b', 'a')])).toEqual({
      annulled: false,
      values: fact.values,
    });
  });

  it('takes a correction of a correction in its place', () => {
    const list = [corrected('a', 'f', { score: 12, module: 'm2' }), corrected('b', 'a', { score: 13 })];
    expect(underCorrections(fact, list).values).toEqual({ score: 13, module: 'm1' });
    expect(underCorrections(fact, [...list, annulled('c', 'b')]).values).toEqual({ score: 12, module: 'm2' });
  });

  it('keeps what other corrections said when one is annulled', () => {
    const list = [corrected('a', 'f', { module: 'm2' }), corrected('b', 'f', { score: 9 }), annulled('c', 'a')];
    expect(underCorrections(fact, list).values).toEqual({ score: 9, module: 'm1' });
  });
});
