import { given } from '@ardoise/given';
import type { SectionFields } from '@ardoise/sealing';
import { choose } from './choice';
import { disclosure, disclosureIn } from './disclosure';

const key = (person: string) => ({ unit: 'd'.repeat(32), fingerprint: 'f'.repeat(64), category: 'learning', person });
const fields = (...names: string[]) => names.map((name) => ({ name, salt: 'gIGCg4SFhoeIiYqLjI2Ojw', value: 1 }));
const learner: SectionFields = { role: 'learner', key: key('a'), fields: fields('person', 'request', 'score') };
const author: SectionFields = { role: 'author', key: key('b'), fields: fields('person') };
const erased: SectionFields = { role: 'learner', unit: 'e'.repeat(32), state: 'erased' };
const codeOf = (...all: Parameters<typeof choose>): unknown => {
  try {
    return choose(...all);
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('what is chosen of an event', () => {
  it('is the named section, or the only one that has all the fields', () => {
    expect(choose([learner, author], [{ role: 'author', fields: ['person'] }]).open).toEqual([
      { section: 1, opened: author, shown: ['person'] },
    ]);
    const twice = [{ fields: ['score'] }, { role: 'learner', fields: ['person', 'score'] }];
    expect(choose([learner, author], twice).open).toEqual([
      { section: 0, opened: learner, shown: ['person', 'score'] },
    ]);
  });

  it.each<[string, SectionFields[], { role?: string; fields: string[] }[]]>([
    ['fields-missing', [learner], []],
    ['fields-missing', [learner], [{ fields: [] }]],
    ['section-unknown', [learner], [{ role: 'author', fields: ['person'] }]],
    ['section-ambiguous', [learner, author], [{ fields: ['person'] }]],
    ['field-unknown', [learner, author], [{ fields: ['score', 'hours'] }]],
    ['field-unknown', [learner], [{ role: 'learner', fields: ['hours'] }]],
    ['field-unknown', [learner], [{ fields: ['request'] }]],
    ['field-unknown', [], [{ fields: ['score'] }]],
  ])('is refused with %s', (code, sections, asked) => {
    expect(codeOf(sections, asked)).toBe(code);
  });

  it('says which section is closed, also where no open one has the field', () => {
    const closed = [{ section: 0, unit: 'e'.repeat(32), state: 'erased' }];
    expect(choose([erased, author], [{ fields: ['score'] }])).toEqual({ open: [], closed });
    expect(choose([erased, author], [{ role: 'learner', fields: ['score'] }])).toEqual({ open: [], closed });
    expect(choose([erased, author], [{ fields: ['person'] }]).open).toHaveLength(1);
  });
});

describe('a disclosure', () => {
  const to = { recipient: 'Atelier Nadar', recipientKind: 'employer', ground: 'Contrat' } as const;
  const scope = {
    event: 'e'.repeat(32),
    eventType: 'attempt-graded',
    sections: [{ category: 'learning', fields: ['score'] }],
  };

  it('is recorded with whom, what and why, each time', () => {
    const command = { person: 'a'.repeat(32), category: 'administrative', to, scope };
    given(disclosure)
      .when(command)
      .thenLike({
        type: 'disclosure-made',
        facts: {},
        sections: { self: { person: command.person, category: 'administrative', fields: { ...to, ...scope } } },
      });
    given(disclosureIn('evidence'))
      .when({ ...command, category: 'evidence', to: { ...to, purpose: 'Un contrôle' } })
      .thenLike({ sections: { self: { category: 'evidence', fields: { purpose: 'Un contrôle' } } } });
  });
});
