import { Injectable } from '@nestjs/common';
import { Clock } from '@ardoise/time';
import { DataSource, In } from 'typeorm';
import { SeatRow } from '../read-models/seat.row';
import type { SessionRow } from '../read-models/session.row';
import { SessionTrainerRow } from '../read-models/session-trainer.row';
import { sessionView, type SeatCounts, type SessionView } from './session.view';

const none: SeatCounts = { held: 0, confirmed: 0, queued: 0 };

/** Puts a session's places and trainers beside it. A held seat whose time is over counts as free. */
@Injectable()
export class SessionReader {
  constructor(
    private readonly database: DataSource,
    private readonly clock: Clock,
  ) {}

  async views(organisation: string, rows: readonly SessionRow[]): Promise<SessionView[]> {
    const sessions = rows.map(({ session }) => session);
    if (sessions.length === 0) return [];
    const [counts, trainers] = await Promise.all([
      this.counts(organisation, sessions),
      this.database.getRepository(SessionTrainerRow).find({
        where: { organisation, session: In(sessions) },
        order: { assignment: 'ASC' },
      }),
    ]);
    return rows.map((row) =>
      sessionView(
        row,
        counts.get(row.session) ?? none,
        trainers.filter(({ session }) => session === row.session),
      ),
    );
  }

  private async counts(organisation: string, sessions: readonly string[]): Promise<ReadonlyMap<string, SeatCounts>> {
    const rows = await this.database
      .getRepository(SeatRow)
      .createQueryBuilder('s')
      .select('s.session', 'session')
      .addSelect(`count(*) FILTER (WHERE s.state = 'held' AND s.lapses_at > :now)::int`, 'held')
      .addSelect(`count(*) FILTER (WHERE s.state = 'confirmed')::int`, 'confirmed')
      .addSelect(`count(*) FILTER (WHERE s.state = 'queued')::int`, 'queued')
      .where('s.organisation = :organisation AND s.session IN (:...sessions)', { organisation, sessions })
      .setParameter('now', this.clock.now())
      .groupBy('s.session')
      .getRawMany<SeatCounts & { readonly session: string }>();
    return new Map(rows.map(({ session, ...counts }) => [session, counts]));
  }
}
