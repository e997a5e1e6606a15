import { Command, InvalidArgumentError } from 'commander';
import { isInstant } from '@ardoise/http';
import { Replay, type ReplayedEvent, type ReplayedSection, type ReplayOf } from '../../../src/audit/queries/replay';
import { OrganisationDirectory } from '../../../src/organisations/queries/organisation-directory';
import { withContext } from '../context';
import { say, type OutputOptions } from '../output';

interface ReplayOptions extends OutputOptions {
  readonly organisation: string;
  readonly asOf?: string;
  readonly ground?: string;
}

const kinds = ['person', 'enrolment', 'stream'] as const;

export function replayCommand(): Command {
  return new Command('replay')
    .description('show what was recorded, as of any moment; erased parts as erased, with the event that ended them')
    .argument('<kind>', kinds.join(', '), (text) => {
      if (!kinds.includes(text as never)) throw new InvalidArgumentError(`It takes one of ${kinds.join(', ')}.`);
      return text;
    })
    .argument('<id>', 'its id')
    .requiredOption('--organisation <slug>', 'whose record it is')
    .option('--as-of <instant>', 'moment of RFC 3339, such as 2026-03-01T00:00:00Z', (text) => {
      if (!isInstant(text)) throw new InvalidArgumentError('It takes an instant of RFC 3339.');
      return text;
    })
    .option('--ground <ground>', 'the ground on which what was kept beside an erasure may be read')
    .option('--json', 'one line of JSON')
    .action((kind: (typeof kinds)[number], id: string, options: ReplayOptions) =>
      withContext('replay', async ({ app }) => {
        const { organisation, asOf, ground } = options;
        const at = { ...(asOf === undefined ? {} : { asOf }), ...(ground === undefined ? {} : { ground }) };
        app.get(OrganisationDirectory, { strict: false }).policy(organisation);
        const replayed = await app.get(Replay, { strict: false })[kind](organisation, id, at);
        say(options, readable(replayed), replayed);
      }),
    );
}

function readable({ asOf, person, streams, events }: ReplayOf): string[] {
  return [
    `as of ${asOf}: ${events.length} events in ${streams.length} streams${person === undefined ? '' : `, person ${person}`}`,
    ...events.flatMap(eventLines),
  ];
}

function eventLines({ recordedAt, stream, version, type, facts, sections }: ReplayedEvent): string[] {
  const clear = Object.keys(facts).length > 0 ? ` ${JSON.stringify(facts)}` : '';
  return [
    `${recordedAt}  ${stream} ${version}  ${type}${clear}`,
    ...Object.entries(sections).map(([role, section]) => `    ${role}: ${sectionLine(section)}`),
  ];
}

function sectionLine(section: ReplayedSection): string {
  switch (section.state) {
    case 'open':
      return `${section.category} ${JSON.stringify(section.fields)} at ${section.occurredAt}, from ${section.source}`;
    case 'kept':
      return `kept until ${section.until} (${section.ground})`;
    case 'other-person':
      return 'another person';
    case 'erased':
      return section.endedBy ? `erased by event ${section.endedBy.event} at ${section.endedBy.recordedAt}` : 'erased';
    case 'lost':
      return 'key lost';
  }
}
