import { letterOf, type Matter } from './letters';

const policy = {
  name: 'MIRA',
  timeZone: 'Europe/Paris',
  controller: { address: 'Le Mans', email: 'aide@mira.example' },
} as Parameters<typeof letterOf>[1];
const matter: Matter = {
  kind: 'place-confirmed',
  givenName: 'Camille',
  course: 'Premiers secours',
  session: { title: 'Groupe de mars', startsOn: '2026-03-16', endsOn: '2026-03-20', location: 'Lyon' },
};

describe('a letter', () => {
  it('is in French, then in English', () => {
    const { subject, text } = letterOf(matter, policy);
    expect(subject).toBe('Inscription confirmée : Premiers secours');
    expect(text).toBe(`Bonjour Camille,

Votre inscription à la formation « Premiers secours » est confirmée.

Session : Groupe de mars, du 16 mars 2026 au 20 mars 2026, Lyon.

Pour toute question : aide@mira.example
MIRA

--------------------

Hello Camille,

Your enrolment in “Premiers secours” is confirmed.

Session: Groupe de mars, March 16, 2026 to March 20, 2026, Lyon.

Questions: aide@mira.example
MIRA
`);
  });

  it('says in the organisation’s time until when an offer can be answered', () => {
    const { text } = letterOf({ ...matter, kind: 'place-offered', answerBy: '2026-03-04T22:30:00.000Z' }, policy);
    expect(text).toMatch(/réservée jusqu’au 4 mars 2026 à 23:30/);
    expect(text).toMatch(/held for you until March 4, 2026 at 11:30.PM/);
  });

  it('does without what is not known', () => {
    const { text } = letterOf({ kind: 'place-waiting', course: 'Premiers secours' }, policy);
    expect(text).toMatch(/^Bonjour,\n/);
    expect(text).not.toMatch(/undefined|Session :/);
  });
});
