import { Injectable } from '@nestjs/common';
import { DataSource, In } from 'typeorm';
import { FencedUnitRow } from '../read-models/fenced-unit.row';

/** The event that ended a unit. */
export interface EndedUnit {
  readonly event: string;
  readonly cause: string;
  readonly recordedAt: string;
}

/** Tells for units that do not open any more which event ended them. */
@Injectable()
export class EndedUnits {
  constructor(private readonly database: DataSource) {}

  /** Positions of the events that ended these units, ascending. */
  async positions(organisation: string, units: readonly string[]): Promise<bigint[]> {
    if (units.length === 0) return [];
    const rows = await this.database.getRepository(FencedUnitRow).findBy({ organisation, endedUnit: In([...units]) });
    const positions = new Set(rows.flatMap(({ position }) => (position === null ? [] : [BigInt(position)])));
    return [...positions].sort((one, other) => (one < other ? -1 : 1));
  }

  async find(organisation: string, units: readonly string[]): Promise<Map<string, EndedUnit>> {
    if (units.length === 0) return new Map();
    const rows = await this.database.getRepository(FencedUnitRow).findBy({ organisation, endedUnit: In([...units]) });
    return new Map(
      rows.map(({ endedUnit, event, cause, recordedAt }) => [
        endedUnit,
        { event, cause, recordedAt: new Date(recordedAt).toISOString() },
      ]),
    );
  }
}
