import { randomId } from '@ardoise/format';
import { type CommandContext, conflict, type Moment, type ProcessManager, type ProcessStep } from '@ardoise/decider';
import { type AnyOpened, defineEvent, type EventOf, instant, oneOf, type OpenedOf, text } from '@ardoise/sealing';
import { anyProcess, type HostedProcess } from '..';

/** Of another stream: somebody wants to travel. */
export const journeyWanted = defineEvent({
  type: 'journey-wanted',
  schema: 1,
  stream: 'wish',
  facts: { journey: text(50), payBy: instant() },
  sections: { traveller: { category: 'learning', fields: {} } },
});
/** Of another stream: they paid. */
export const journeyPaid = defineEvent({
  type: 'journey-paid',
  schema: 1,
  stream: 'wish',
  facts: { journey: text(50) },
  sections: {},
});

const section = { traveller: { category: 'learning', fields: {} } } as const;
const begun = defineEvent({
  type: 'journey-begun',
  schema: 1,
  stream: 'journey',
  facts: { payBy: instant() },
  sections: section,
});
const stepped = defineEvent({
  type: 'journey-stepped',
  schema: 1,
  stream: 'journey',
  facts: { step: text(50), outcome: oneOf(['done', 'refused']) },
  sections: section,
});
const settled = defineEvent({
  type: 'journey-settled',
  schema: 1,
  stream: 'journey',
  facts: { paid: oneOf(['yes', 'no']) },
  sections: section,
});
const events = [begun, stepped, settled] as const;
export const journeyDeclarations = [...events, journeyWanted, journeyPaid];

type Event = EventOf<(typeof events)[number]>;
type Opened = OpenedOf<(typeof events)[number]>;
type Told =
  | { readonly wanted: { readonly person: string; readonly payBy: string } }
  | { readonly paid: true }
  | { readonly broken: true };

interface Journey {
  readonly person: string;
  readonly payBy: string;
  readonly rests: boolean;
  readonly steps: readonly string[];
}
interface State {
  readonly journey?: Journey;
}

/** Room, then train, then a payment by a deadline: what cannot be had, or is not paid, is given back in reverse. */
export const journey: ProcessManager<State, ProcessStep, Told, Event, Opened> = {
  kind: 'journey',
  events,
  initialState: () => ({}),
  evolve({ journey: known }, event) {
    const { traveller } = event.sections;
    if (!traveller) return {};
    switch (event.type) {
      case 'journey-begun': {
        const { payBy } = event.facts;
        return { journey: { person: traveller.person, payBy, rests: false, steps: ['book-room', 'book-train'] } };
      }
      case 'journey-stepped': {
        if (!known) return {};
        const [, ...rest] = known.steps;
        const { step, outcome } = event.facts;
        const back = step === 'book-train' && outcome === 'refused' ? ['give-room-back'] : rest;
        const waits = back.length === 0 && step === 'book-train' && outcome === 'done';
        return {
          journey: { ...known, steps: step === 'book-room' && outcome === 'refused' ? [] : back, rests: waits },
        };
      }
      case 'journey-settled': {
        const steps = event.facts.paid === 'yes' ? [] : ['give-train-back', 'give-room-back'];
        return known ? { journey: { ...known, rests: false, steps } } : {};
      }
    }
  },
  decide(input, { journey: known }, moment) {
    if (input.kind === 'told') {
      if ('broken' in input.told) throw new Error('quotes Ada');
      if ('wanted' in input.told) {
        const { person, payBy } = input.told.wanted;
        return known ? [] : [said('journey-begun', person, { payBy }, moment)];
      }
      if (!known?.rests) throw conflict('not-awaited', 'no payment is awaited');
      return [said('journey-settled', known.person, { paid: 'yes' }, moment)];
    }
    if (!known) return [];
    if (input.kind === 'timer') return [said('journey-settled', known.person, { paid: 'no' }, moment)];
    return [said('journey-stepped', known.person, { step: input.step, outcome: input.kind }, moment)];
  },
  wants({ journey: known }) {
    const [name] = known?.steps ?? [];
    if (name !== undefined) return { step: { name } };
    return known?.rests ? { timers: [{ name: 'pay', dueAt: known.payBy }] } : {};
  },
};

function said(type: Event['type'], person: string, facts: object, { occurredAt }: Moment): Event {
  return { type, facts, sections: { traveller: { person, occurredAt, fields: {} } } } as unknown as Event;
}

/** The world around journeys: what it was asked for, under which command ids. */
export class JourneyHost implements HostedProcess {
  readonly manager = anyProcess(journey);
  readonly listensTo = ['journey-wanted', 'journey-paid'];
  readonly taken: { readonly step: string; readonly stream: string; readonly command: string }[] = [];
  /** Called before a step is taken: it may refuse, or fail. */
  before: (step: string, stream: string) => void | Promise<void> = () => undefined;
  /** What an event is taken for. */
  mistaken = false;

  streamOf({ facts }: AnyOpened): Promise<string> {
    return Promise.resolve(facts.journey as string);
  }

  tell({ type, facts, sections }: AnyOpened): Promise<Told> {
    if (this.mistaken) return Promise.resolve({ broken: true });
    if (type === 'journey-paid') return Promise.resolve({ paid: true });
    return Promise.resolve({ wanted: { person: sections.traveller?.person ?? '', payBy: facts.payBy as string } });
  }

  async take({ name }: ProcessStep, { commandId }: CommandContext, stream: string): Promise<void> {
    await this.before(name, stream);
    this.taken.push({ step: name, stream, command: commandId });
  }

  /** Steps that were carried out, each command once. */
  done(stream: string): string[] {
    const own = this.taken.filter((one) => one.stream === stream);
    return [...new Map(own.map(({ command, step }) => [command, step])).values()];
  }
}

export function journeyStream(): string {
  return `journey-${randomId()}`;
}
