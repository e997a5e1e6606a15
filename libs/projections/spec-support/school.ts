import { Column, Entity, PrimaryColumn } from 'typeorm';
import { type Projection, UnitColumn } from '..';

/** Read models and projections of a small school, for the specs of the runtime. */
@Entity({ schema: 'read', name: 'learners' })
export class Learner {
  @PrimaryColumn({ type: 'text' })
  organisation: string;

  @PrimaryColumn({ type: 'text' })
  learner: string;

  @UnitColumn()
  unit: string;

  @Column({ type: 'text' })
  fullName: string;

  @Column({ type: 'jsonb', nullable: true })
  details: unknown;

  @Column({ type: 'text', array: true })
  groups: string[];

  @Column({ type: 'timestamptz' })
  registeredAt: string | Date;
}

@Entity({ schema: 'read', name: 'results' })
export class Result {
  @PrimaryColumn({ type: 'text' })
  organisation: string;

  @PrimaryColumn({ type: 'text' })
  learner: string;

  @PrimaryColumn({ type: 'integer' })
  attempt: number;

  @UnitColumn()
  unit: string;

  @Column({ type: 'numeric', nullable: true })
  score: string | null;

  @Column({ type: 'boolean' })
  corrected: boolean;
}

@Entity({ schema: 'read', name: 'seats' })
export class Seat {
  @PrimaryColumn({ type: 'text' })
  organisation: string;

  @PrimaryColumn({ type: 'text' })
  seat: string;

  @Column({ type: 'text' })
  state: string;

  @Column({ type: 'date', nullable: true })
  until: string | null;

  @Column({ type: 'bigint' })
  revision: string;
}

/** What the events of the specs seal; the opener of the specs reads it from the facts. */
interface Sealed {
  readonly learner: string;
  readonly name: string;
  readonly attempt: number;
  readonly score: string;
}

export const learners = (version = 1, extra: Partial<Projection['on']> = {}): Projection => ({
  name: 'learners',
  version,
  tables: [Learner, Result],
  on: {
    'learner-registered': ({ organisation, sections, recordedAt }, write) => {
      if (!sections.self) return;
      const { learner, name } = sections.self.fields as unknown as Sealed;
      const own = {
        fullName: name,
        details: { name: [name, '"{}\\'] },
        groups: ['a,b', name],
        registeredAt: recordedAt,
      };
      write.put(Learner, { organisation, learner, unit: sections.self.unit, ...own });
    },
    'learner-renamed': ({ organisation, sections }, write) => {
      if (!sections.self) return;
      const { learner, name } = sections.self.fields as unknown as Sealed;
      write.patch(Learner, { organisation, learner }, { fullName: name });
    },
    'learner-left': ({ organisation, sections }, write) => {
      if (!sections.self) return;
      write.remove(Learner, { organisation, learner: (sections.self.fields as unknown as Sealed).learner });
    },
    'result-recorded': ({ organisation, sections }, write) => {
      if (!sections.self) return;
      const { learner, attempt, score } = sections.self.fields as unknown as Sealed;
      write.put(Result, { organisation, learner, attempt, unit: sections.self.unit, score, corrected: false });
    },
    'result-corrected': ({ organisation, sections }, write) => {
      if (!sections.self) return;
      const { learner, attempt } = sections.self.fields as unknown as Sealed;
      write.patch(Result, { organisation, learner, attempt }, { score: null, corrected: true });
    },
    ...extra,
  },
});

export const seats = (version = 1, extra: Partial<Projection['on']> = {}): Projection => ({
  name: 'seats',
  version,
  tables: [Seat],
  on: {
    'seat-held': ({ organisation, facts, position }, write) => {
      const held = { state: 'held', until: '2026-12-24', revision: String(position) };
      write.put(Seat, { organisation, seat: facts.seat as string, ...held });
    },
    'seat-confirmed': ({ organisation, facts }, write) => {
      write.patch(Seat, { organisation, seat: facts.seat as string }, { state: 'confirmed', until: null });
    },
    'seat-released': ({ organisation, facts }, write) => {
      write.remove(Seat, { organisation, seat: facts.seat as string });
    },
    ...extra,
  },
});
