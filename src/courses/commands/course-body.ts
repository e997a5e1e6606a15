import { CommandBody, Int, Key, ListOf, Nested, Num, OneOf, Text } from '@ardoise/http';
import {
  assessmentKinds,
  certificationRegisters,
  completionRules,
  modalities,
  type CourseDefinition,
} from '../domain/events';

export class ModuleBody {
  @Key({ description: 'Chosen by the client; stands once in the course.' })
  key: string;

  @Text({ max: 200 })
  title: string;

  @Int({ optional: true, max: 100_000 })
  plannedMinutes?: number;
}

export class AssessmentBody {
  @Key({ description: 'Chosen by the client; stands once in the course.' })
  key: string;

  @Text({ max: 200 })
  title: string;

  @OneOf(assessmentKinds)
  kind: (typeof assessmentKinds)[number];

  @Num()
  maximumScore: number;

  @Num({ description: 'Least score that passes.' })
  passMark: number;
}

export class CertificationBody {
  @OneOf(certificationRegisters)
  register: (typeof certificationRegisters)[number];

  @Text({ max: 20 })
  code: string;
}

export class CourseBody extends CommandBody {
  @Text({ max: 200 })
  title: string;

  @OneOf(modalities)
  modality: (typeof modalities)[number];

  @Num({ max: 10_000 })
  plannedHours: number;

  @ListOf(() => ModuleBody)
  modules: ModuleBody[];

  @ListOf(() => AssessmentBody)
  assessments: AssessmentBody[];

  @OneOf(completionRules, {
    description: '"achieved": all modules done and every final exam passed; "declared": said by staff or an import.',
  })
  completionRule: (typeof completionRules)[number];

  @Nested(() => CertificationBody, { optional: true, description: 'Code in the RNCP or the RS.' })
  certification?: CertificationBody;
}

export function definitionOf(body: CourseBody): CourseDefinition {
  const { title, modality, plannedHours, completionRule, certification } = body;
  return {
    title,
    modality,
    plannedHours,
    modules: body.modules.map((module) => ({ ...module })),
    assessments: body.assessments.map((assessment) => ({ ...assessment })),
    completionRule,
    ...(certification === undefined ? {} : { certification: { ...certification } }),
  };
}
