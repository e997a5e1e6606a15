import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { CourseDefinition } from '../domain/events';

/** A course as it stands. It concerns nobody: no unit. */
@Entity({ schema: 'read', name: 'courses' })
export class CourseRow {
  @PrimaryColumn('text')
  organisation: string;

  @PrimaryColumn('text')
  course: string;

  @Column('text')
  title: string;

  @Column('jsonb')
  definition: CourseDefinition;

  @Column('integer')
  version: number;

  @Column('timestamptz')
  recordedAt: string;
}
