import {
  defineEvent,
  integer,
  list,
  number,
  oneOf,
  optional,
  record,
  text,
  type EventOf,
  type OpenedOf,
  type ValueOf,
} from '@ardoise/sealing';

export const modalities = ['on-site', 'remote', 'mixed'] as const;
export const assessmentKinds = ['quiz', 'final-exam'] as const;
/** `achieved`: all modules done and every final exam passed; `declared`: somebody says so (an import, a jury). */
export const completionRules = ['achieved', 'declared'] as const;
/** Registers of France Compétences: Répertoire national des certifications professionnelles, Répertoire spécifique. */
export const certificationRegisters = ['RNCP', 'RS'] as const;

const moduleType = record({
  key: text(64),
  title: text(200),
  plannedMinutes: optional(integer(0)),
});

const assessmentType = record({
  key: text(64),
  title: text(200),
  kind: oneOf(assessmentKinds),
  maximumScore: number(),
  /** Least score that passes. */
  passMark: number(),
});

const definitionType = record({
  title: text(200),
  modality: oneOf(modalities),
  plannedHours: number(),
  modules: list(moduleType),
  assessments: list(assessmentType),
  completionRule: oneOf(completionRules),
  certification: optional(record({ register: oneOf(certificationRegisters), code: text(20) })),
});

/** What a course consists of. */
export type CourseDefinition = ValueOf<typeof definitionType>;
export type CourseModule = ValueOf<typeof moduleType>;
export type Assessment = ValueOf<typeof assessmentType>;

export const courseCreated = defineEvent({
  type: 'course-created',
  schema: 1,
  stream: 'course',
  facts: { definition: definitionType },
  sections: {},
});

export const courseRevised = defineEvent({
  type: 'course-revised',
  schema: 1,
  stream: 'course',
  facts: { definition: definitionType },
  sections: {},
});

export const courseEvents = [courseCreated, courseRevised] as const;

export type CourseEvent = EventOf<(typeof courseEvents)[number]>;
export type CourseOpened = OpenedOf<(typeof courseEvents)[number]>;
