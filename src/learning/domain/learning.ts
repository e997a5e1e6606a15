import type { Decider, Moment } from '@ardoise/decider';
import { achievedWith, isAchieved, nothingAchieved, type Achievement } from './achievement';
import type { LearningCommand } from './commands';
import { decideCorrection, decideParked, withCorrection } from './correction';
import { decideDeed } from './deeds';
import { learningEvents, type LearningEvent, type LearningOpened } from './events';
import { factIn, factOf, listOf, newestFirst, type Fact, type FactList } from './fact';
import { placeOf, said } from './saying';

/** The learning of one enrolment. */
export interface Learning {
  readonly facts?: FactList;
  readonly achievement: Achievement;
  /**
   * It was finished once. An annulment afterwards does not take that back by itself: what followed from it is for
   * people to decide, by a correction of the enrolment, and the learner's record shows that the rule holds no more.
   */
  readonly finished: boolean;
}

/** As it is kept beside a long stream. */
interface WrittenLearning extends Omit<Learning, 'facts'> {
  readonly facts: readonly Fact[];
}

export const learning: Decider<Learning, LearningCommand, LearningEvent, LearningOpened> = {
  kind: 'learning',
  events: learningEvents,

  snapshots: {
    version: 1,
    write: ({ facts, ...rest }) => ({ ...rest, facts: newestFirst(facts) }),
    read(written) {
      const { facts, ...rest } = written as WrittenLearning;
      const list = listOf(facts);
      return { ...rest, ...(list ? { facts: list } : {}) };
    },
  },

  initialState: () => ({ achievement: nothingAchieved, finished: false }),

  evolve(state, event) {
    switch (event.type) {
      case 'learning-finished':
        return { ...state, finished: true };
      case 'learning-corrected':
      case 'parked-fact-decided':
        return withWordOn(state, event);
      default: {
        const fact = factIn(event);
        return fact ? withFact(state, fact) : state;
      }
    }
  },

  decide(command, state, moment) {
    const event = decideSaying(command, state, moment);
    if (!event) return [];
    const { achievement, finished } = learning.evolve(state, beforeItsId(event));
    if (finished || !isAchieved(command.definition, achievement)) return [event];
    // The instant is that of the last fact needed, not of the telling: what happened before it was within the enrolment.
    return [event, said('learning-finished', command, achievement.latest, placeOf(command))];
  },
};

function decideSaying(command: LearningCommand, { facts }: Learning, moment: Moment): LearningEvent | undefined {
  switch (command.type) {
    case 'correct':
      return decideCorrection(command, facts, moment.occurredAt);
    case 'decide-parked':
      return decideParked(command, facts, moment.occurredAt);
    default:
      return decideDeed(command, facts, moment);
  }
}

type WordOnFact = Extract<LearningOpened, { readonly type: 'learning-corrected' | 'parked-fact-decided' }>;

/** What an event says of an earlier fact. */
function withWordOn(state: Learning, event: WordOnFact): Learning {
  const fact = factOf(state.facts, event.sections.learner?.fields.fact ?? '');
  if (!fact) return state;
  if (event.type === 'parked-fact-decided') {
    return withFact(state, { ...fact, accepted: event.sections.learner?.fields.accepted ?? false }, fact);
  }
  const fields = event.sections.learner?.fields;
  if (!fields) return state;
  const { corrects, action, module, seconds, score, passed } = fields;
  const changes = Object.fromEntries(
    Object.entries({ module, seconds, score, passed }).filter(([, value]) => value !== undefined),
  );
  return withFact(state, withCorrection(fact, { id: event.id, corrects, action, changes }), fact);
}

/** The fact is there, or is now another than before. */
function withFact(state: Learning, fact: Fact, before?: Fact): Learning {
  return {
    ...state,
    facts: { fact, ...(state.facts ? { before: state.facts } : {}) },
    achievement: achievedWith(state.achievement, fact, before),
  };
}

/** An event just decided, to look at what it leads to: it gets its id when it is stored. */
function beforeItsId(event: LearningEvent): LearningOpened {
  return { ...event, id: '' } as unknown as LearningOpened;
}
