import { conflict, invalid } from '@ardoise/decider';
import type { Correction } from '../../platform/corrections';
import type { Circumstances, CorrectLearning, DecideParkedFact } from './commands';
import type { FactResult, LearningEvent } from './events';
import { factOf, resultOf, type Fact, type FactKind, type FactList, type FactValues } from './fact';
import { assessmentOf, checkModule, checkScore, said } from './saying';

const changeable: { readonly [K in FactKind]: readonly (keyof FactValues)[] } = {
  opened: ['module'],
  started: ['module'],
  completed: ['module'],
  time: ['module', 'seconds'],
  'resume-point': ['module'],
  submitted: [],
  graded: ['score'],
};

/** A fact is corrected or annulled, or a correction of it is. @throws Refusal */
export function decideCorrection(
  command: CorrectLearning & Circumstances,
  facts: FactList | undefined,
  occurredAt: string,
): LearningEvent {
  const { event, action, reason, author } = command;
  const fact = factOf(facts, event);
  if (!fact) {
    throw invalid('event-not-correctable', 'must be a fact of this learning record, or a correction of one', '/event');
  }
  const changes = changesOf(command, fact);
  const before = resultOf(fact);
  const result = resultOf(withCorrection(fact, { id: '', corrects: event, action, changes }));
  if (action === 'corrected' && result.annulled) {
    throw conflict('fact-annulled', 'the fact is annulled; annul the annulment first', '/event');
  }
  if (sameResult(before, result)) throw conflict('correction-changes-nothing', 'that is what is recorded already');
  const fields = { corrects: event, action, ...changes, reason, fact: fact.id, result };
  return said('learning-corrected', command, occurredAt, fields, author);
}

/** A parked fact is accepted or not; the last decision holds. @throws Refusal */
export function decideParked(
  command: DecideParkedFact & Circumstances,
  facts: FactList | undefined,
  occurredAt: string,
): LearningEvent | undefined {
  const { fact: id, accepted, reason, author } = command;
  const fact = factOf(facts, id);
  if (fact?.id !== id || fact.standing !== 'parked') {
    throw invalid('fact-not-parked', 'must be a parked fact of this learning record', '/fact');
  }
  if (resultOf(fact).annulled) throw conflict('fact-annulled', 'the fact is annulled', '/fact');
  if (fact.accepted === accepted) return undefined;
  const fields = { fact: id, accepted, ...(reason === undefined ? {} : { reason }) };
  return said('parked-fact-decided', command, occurredAt, fields, author);
}

export function withCorrection(fact: Fact, correction: Correction<FactValues>): Fact {
  return { ...fact, corrections: [...fact.corrections, correction] };
}

function changesOf(command: CorrectLearning & Circumstances, fact: Fact): FactValues {
  const { action, module, seconds, score } = command;
  const asked = Object.entries({ module, seconds, score }).filter(([, value]) => value !== undefined);
  const unfit = asked.find(([name]) => action === 'annulled' || !changeable[fact.kind].some((known) => known === name));
  if (unfit) {
    const why = action === 'annulled' ? 'an annulment changes nothing else' : 'is nothing that this kind of fact has';
    throw invalid('change-not-of-this-fact', why, `/${unfit[0]}`);
  }
  if (action === 'corrected' && asked.length === 0) {
    throw invalid('correction-empty', 'a correction says what is right instead', '/action');
  }
  if (module !== undefined) checkModule(command, module);
  return {
    ...(module === undefined ? {} : { module }),
    ...(seconds === undefined ? {} : { seconds }),
    ...(score === undefined ? {} : gradeOf(command, fact, score)),
  };
}

/** Measured by the maximum of the grading, and by the pass mark of today. */
function gradeOf(circumstances: Circumstances, { assessment = '', maximum = 0 }: Fact, score: number): FactValues {
  checkScore(score, maximum);
  return { score, passed: score >= assessmentOf(circumstances, assessment).passMark };
}

function sameResult(one: FactResult, other: FactResult): boolean {
  const names = ['annulled', 'module', 'seconds', 'score', 'passed'] as const;
  return names.every((name) => one[name] === other[name]);
}
