import { Command, InvalidArgumentError } from 'commander';
import { openBundle, type LedgerFiles } from '@ardoise/bundle';
import { isStreamId } from '@ardoise/format';
import { write } from '../../cli/output';
import { eventsOf, type LogRange } from '../log/log-events';
import { LogReader } from '../log/log-reader';
import { Endings, type Ended } from '../replay/endings';
import { ownVocabulary, readVocabulary } from '../verification/bundled-vocabulary';
import { Checks } from '../verification/checks';
import { ContentError } from '../verification/content';
import { readDescription } from '../verification/description';
import type { Vocabulary } from '../verification/vocabulary';

interface ReplayOptions {
  readonly stream?: string;
  readonly all?: boolean;
  readonly asOf?: string;
  readonly checkpoint?: number;
  readonly json?: boolean;
}

/** An event as it is replayed without keys. */
export interface Replayed {
  readonly incarnation: number;
  readonly leaf: number;
  readonly id: string;
  readonly recordedAt: string;
  readonly stream: string;
  readonly version: number;
  readonly type: string;
  readonly sections: readonly {
    readonly unit: string;
    readonly day?: string;
    readonly state: 'sealed' | Ended['state'];
    readonly ended?: Omit<Ended, 'state'>;
  }[];
}

export function replayCommand(): Command {
  return new Command('replay')
    .description('show what a bundle has, without keys: events, the units they are sealed under, and what ended those')
    .argument('<bundle>', 'the archive, its unpacked folder, or the address of the ledger')
    .option('--stream <stream>', 'one stream', streamName)
    .option('--all', 'the whole organisation')
    .option('--as-of <moment>', 'as it was then (RFC 3339)', moment)
    .option('--checkpoint <size>', 'as a checkpoint of so many leaves had it', size)
    .option('--json', 'a line of JSON for each event')
    .addHelpText('after', '\nNothing is verified here: that is for verify.')
    .action(async (bundle: string, options: ReplayOptions, command: Command) => {
      if ((options.stream === undefined) === (options.all !== true))
        command.error('error: it takes --stream or --all', { exitCode: 2 });
      if (options.asOf !== undefined && options.checkpoint !== undefined)
        command.error('error: it takes --as-of or --checkpoint', { exitCode: 2 });
      const files = await openBundle(bundle);
      const range = {
        ...(options.asOf === undefined ? {} : { asOf: options.asOf }),
        ...(options.checkpoint === undefined ? {} : { size: options.checkpoint }),
      };
      try {
        for await (const event of replay(files, range, options.stream)) {
          await write(process.stdout, options.json ? `${JSON.stringify(event)}\n` : readable(event));
        }
      } finally {
        await files.close();
      }
    });
}

/** Two times through the log: what ended a unit stands behind what was sealed under it. */
export async function* replay(files: LedgerFiles, range: LogRange, stream?: string): AsyncGenerator<Replayed> {
  const description = await readDescription(files);
  const newest = description.trees.at(-1)?.size ?? 0;
  if (range.size !== undefined && range.size > newest) {
    throw new ContentError('checkpoint-beyond', `the newest tree has ${newest} leaves`);
  }
  const log = new LogReader(files, description.trees);
  const wanted = stream === undefined ? undefined : await unitsOf(log, description, range, stream);
  const endings = new Endings(await vocabularyOf(files), wanted);
  for await (const { header } of eventsOf(log, description, range)) endings.meet(header);
  for await (const { incarnation, leaf, header } of eventsOf(log, description, range)) {
    if (stream !== undefined && header.stream !== stream) continue;
    const { id, recordedAt, version, type, sections } = header;
    yield {
      incarnation,
      leaf,
      id,
      recordedAt,
      stream: header.stream,
      version,
      type,
      sections: sections.map(({ unit, day }, index) => {
        const { state, ...ended } = endings.of(header, index) ?? { state: 'sealed' as const };
        return { unit, ...(day === undefined ? {} : { day }), state, ...('event' in ended ? { ended } : {}) };
      }),
    };
  }
}

async function unitsOf(
  log: LogReader,
  description: Parameters<typeof eventsOf>[1],
  range: LogRange,
  stream: string,
): Promise<Set<string>> {
  const units = new Set<string>();
  let found = false;
  for await (const { header } of eventsOf(log, description, range)) {
    if (header.stream !== stream) continue;
    found = true;
    for (const { unit } of header.sections) units.add(unit);
  }
  if (!found) throw new ContentError('stream-missing', 'the ledger has no such stream there');
  return units;
}

async function vocabularyOf(files: LedgerFiles): Promise<Vocabulary> {
  const { others } = await readVocabulary(files, new Checks());
  const own = ownVocabulary();
  return { find: (type: string, schema: number) => own.find(type, schema) ?? others.find(type, schema) } as Vocabulary;
}

function readable({ incarnation, leaf, id, recordedAt, stream, version, type, sections }: Replayed): string {
  const under = sections.map(({ unit, day, state, ended }) => {
    const about = ended ? `${state} (${ended.cause}) by event ${ended.event} at ${ended.at}` : state;
    return `    unit ${unit}${day === undefined ? '' : `, day ${day}`}: ${about}\n`;
  });
  return `${incarnation}:${leaf} ${recordedAt} ${stream}@${version} ${type} ${id}\n${under.join('')}`;
}

function streamName(text: string): string {
  if (!isStreamId(text))
    throw new InvalidArgumentError('It takes a stream: its kind, a hyphen, and 32 hexadecimal digits.');
  return text;
}

function moment(text: string): string {
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text) && !Number.isNaN(Date.parse(text)))
    return text;
  throw new InvalidArgumentError('It takes a moment, for instance 2026-03-01T12:00:00Z.');
}

function size(text: string): number {
  if (/^(0|[1-9]\d{0,14})$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It takes a number of leaves.');
}
