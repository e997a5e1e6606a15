import { upgradeLines, whyOf } from './stops';

describe('what the command line says', () => {
  it('of a stop names the event, and the version that is not known', () => {
    expect(whyOf(undefined)).toEqual({});
    expect(whyOf({ code: 'row-refused', event: 'e1' })).toEqual({ why: 'row-refused at event e1' });
    expect(whyOf({ code: 'event-type-unknown', event: 'e1', type: 'seat-held', schema: 2 })).toEqual({
      why: 'event-type-unknown at event e1, seat-held version 2',
    });
  });

  it('of an upgrade names what waits, and for whom', () => {
    expect(upgradeLines({ waiting: [], waitsFor: [], unknown: [] })).toEqual([]);
    const waitsFor = [
      { name: 'ardoise server', announced: true },
      { name: 'ardoise server', announced: true },
      { name: 'ardoise worker presence', announced: false },
    ];
    expect(upgradeLines({ waiting: ['seat-held/2'], waitsFor, unknown: [] })).toEqual([
      'an upgrade is under way: seat-held/2 not written yet, waiting for ardoise server, ' +
        'ardoise worker presence (has not announced what it knows)',
    ]);
    expect(upgradeLines({ waiting: [], waitsFor: [], unknown: ['seat-held/3'] })).toEqual([
      'this program is too old: it does not know seat-held/3',
    ]);
  });
});
