import { Injectable } from '@nestjs/common';
import { DataSource, In } from 'typeorm';
import { ExternalIdRow } from '../read-models/external-id.row';
import { IdentityRow } from '../read-models/identity.row';
import { PersonMergeRow } from '../read-models/person-merge.row';
import { PersonRow } from '../read-models/person.row';
import { currentOf, externalIdView, profileValueView, type ListedPersonView, type PersonView } from './person.view';

/** Reads persons over all of their aliases. */
@Injectable()
export class PersonRows {
  constructor(private readonly database: DataSource) {}

  /** The versions of profile values of persons, oldest first. */
  versions(organisation: string, persons: readonly string[], names?: readonly string[]): Promise<IdentityRow[]> {
    return this.database.getRepository(IdentityRow).find({
      where: { organisation, person: In([...persons]), ...(names ? { name: In([...names]) } : {}) },
      order: { position: 'ASC', version: 'ASC' },
    });
  }

  /** A person as they stand; undefined while no read model shows them. @param aliases the person and their aliases */
  async one(organisation: string, id: string, aliases: readonly string[]): Promise<PersonView | undefined> {
    const where = { organisation, person: In([...aliases]) };
    const [persons, versions, externalIds, merge] = await Promise.all([
      this.database.getRepository(PersonRow).find({ where, order: { person: 'ASC' } }),
      this.versions(organisation, aliases),
      this.database.getRepository(ExternalIdRow).find({
        where,
        order: { system: 'ASC', externalId: 'ASC', person: 'ASC' },
      }),
      this.database.getRepository(PersonMergeRow).findOneBy({ organisation, person: id }),
    ]);
    const own = persons.find(({ person }) => person === id);
    const shown = [...(own ? [own] : []), ...versions.filter(({ person }) => person === id)];
    if (shown.length === 0) return undefined;
    const certified = persons.map(({ certifiedAge }) => certifiedAge ?? 0);
    const certifiedAge = Math.max(0, ...certified);
    return {
      id,
      version: Math.max(...shown.map(({ version }) => version)),
      kinds: [...new Set(persons.flatMap(({ kinds }) => kinds))].sort(),
      ...(certifiedAge > 0 ? { certifiedAge } : {}),
      profileValues: currentOf(versions).map(profileValueView),
      externalIds: externalIds.map(externalIdView),
      aliases: aliases.filter((alias) => alias !== id),
      ...(merge ? { mergedInto: merge.mergedInto } : {}),
    };
  }

  /** Persons with the names of their own record, for a list. */
  async listed(organisation: string, rows: readonly PersonRow[]): Promise<Map<string, ListedPersonView>> {
    const persons = rows.map(({ person }) => person);
    const [names, merges] = await Promise.all([
      this.versions(organisation, persons, ['given-name', 'family-name']),
      this.database.getRepository(PersonMergeRow).findBy({ organisation, person: In(persons) }),
    ]);
    const views = new Map<string, ListedPersonView>();
    for (const { person, kinds } of rows) views.set(person, { id: person, kinds });
    for (const { person, name, value } of names) {
      const view = views.get(person);
      if (view) view[name === 'given-name' ? 'givenName' : 'familyName'] = value;
    }
    for (const { person, mergedInto } of merges) {
      const view = views.get(person);
      if (view) view.mergedInto = mergedInto;
    }
    return views;
  }
}
