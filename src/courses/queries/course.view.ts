import { ApiProperty } from '@nestjs/swagger';
import { AssessmentBody, CertificationBody, ModuleBody } from '../commands/course-body';
import { completionRules, modalities, type CourseDefinition } from '../domain/events';
import type { CourseRow } from '../read-models/course.row';

export class CourseView {
  @ApiProperty()
  id: string;

  @ApiProperty({ type: 'integer' })
  version: number;

  @ApiProperty()
  title: string;

  @ApiProperty({ enum: modalities })
  modality: string;

  @ApiProperty()
  plannedHours: number;

  @ApiProperty({ type: [ModuleBody] })
  modules: CourseDefinition['modules'];

  @ApiProperty({ type: [AssessmentBody] })
  assessments: CourseDefinition['assessments'];

  @ApiProperty({ enum: completionRules })
  completionRule: string;

  @ApiProperty({ type: CertificationBody, required: false })
  certification?: CourseDefinition['certification'];
}

export function courseView(row: CourseRow): CourseView {
  return { id: row.course, version: row.version, ...row.definition };
}
