import { asOpened, erased } from '@ardoise/given';
import type { RowWriter } from '@ardoise/projections';
import type { AnyEvent } from '@ardoise/sealing';
import { externalId, id, merged, occurredAt, other, registered, valueRecorded } from '../domain/sample-person';
import { personsProjection } from './persons.projection';

const unit = 'f'.repeat(32);

/** What the projection asks to be written for an event: verb, table and the columns given. */
function writesOf(event: AnyEvent, version = 0): unknown[] {
  const bare = asOpened(event, { id: 'e'.repeat(32), version, position: 7n });
  const sections = Object.fromEntries(
    Object.entries(bare.sections).map(([role, section]) => [role, section && { ...section, unit }]),
  );
  const written: unknown[] = [];
  const write: RowWriter = {
    put: (entity, row) => void written.push(['put', entity.name, row]),
    patch: (entity, key, changes) => void written.push(['patch', entity.name, { ...key, ...changes }]),
    remove: (entity, key) => void written.push(['remove', entity.name, key]),
  };
  personsProjection.on[event.type]?.({ ...bare, sections }, write);
  return written;
}

const of = { organisation: 'test', person: id };

describe('the read models of persons', () => {
  it('have a row of each unit, of that unit only', () => {
    expect(writesOf(registered)).toEqual([
      [
        'put',
        'PersonRow',
        expect.objectContaining({ ...of, unit, kinds: ['learner'], certifiedAge: null, version: 1 }),
      ],
    ]);
    expect(writesOf(valueRecorded('identity', 'given-name-0', 'given-name', 'Zoé'), 1)).toEqual([
      [
        'put',
        'IdentityRow',
        expect.objectContaining({
          ...of,
          unit,
          name: 'given-name',
          value: 'Zoé',
          version: 2,
          position: '7',
          occurredAt,
        }),
      ],
    ]);
  });

  it('have the external ids that a person has, in composed form', () => {
    expect(writesOf(externalId('external-id-recorded', 'lms', 'zoe\u0301'), 2)).toEqual([
      ['put', 'ExternalIdRow', expect.objectContaining({ ...of, unit, system: 'lms', externalId: 'zoé' })],
      ['patch', 'PersonRow', { ...of, version: 3 }],
    ]);
    expect(writesOf(externalId('external-id-removed', 'lms', 'zoé'), 3)).toEqual([
      ['remove', 'ExternalIdRow', { ...of, system: 'lms', externalId: 'zoé' }],
      ['patch', 'PersonRow', { ...of, version: 4 }],
    ]);
  });

  it('have whose duplicate a person is, until that ends', () => {
    expect(writesOf(merged(other), 4)).toEqual([
      ['put', 'PersonMergeRow', expect.objectContaining({ ...of, unit, mergedInto: other })],
      ['patch', 'PersonRow', { ...of, version: 5 }],
    ]);
    expect(writesOf({ ...merged(other), type: 'person-unmerged' }, 5)).toEqual([
      ['remove', 'PersonMergeRow', of],
      ['patch', 'PersonRow', { ...of, version: 6 }],
    ]);
  });

  it('have nothing of what cannot be read', () => {
    const all = [registered, valueRecorded('contact', 'email-0', 'email', 'a@example.org'), merged(other)];
    for (const event of all) expect(writesOf(erased(event))).toEqual([]);
  });
});
