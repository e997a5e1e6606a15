import { Command, InvalidArgumentError } from 'commander';
import { CommandBus } from '@nestjs/cqrs';
import { randomUUID } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { isStreamId } from '@ardoise/format';
import {
  MakeDisclosureCommand,
  type AskedDisclosure,
} from '../../../src/disclosures/commands/make-disclosure/make-disclosure.command';
import { recipientKinds, type RecipientKind } from '../../../src/disclosures/domain/events';
import { pageOf } from '../../../src/disclosures/page/page-of';
import { adopt, withContext } from '../context';
import { say, type OutputOptions } from '../output';

interface DiscloseOptions extends OutputOptions {
  readonly organisation: string;
  readonly fields: AskedDisclosure['sections'];
  readonly recipient: string;
  readonly recipientKind: RecipientKind;
  readonly ground: string;
  readonly purpose?: string;
  readonly page?: boolean;
  readonly out: string;
}

type Place = Pick<AskedDisclosure, 'stream' | 'version'>;

export function discloseCommand(): Command {
  return new Command('disclose')
    .description('disclose chosen fields of one event: recorded first, then written as a file that anybody can check')
    .argument('<event>', 'stream@version, the version from 0', placeOf)
    .requiredOption('--organisation <slug>', 'whose record it is')
    .requiredOption(
      '--fields <list>',
      'names with commas between them; "section.name" where sections share a name',
      fieldsOf,
    )
    .requiredOption('--recipient <text>', 'whom it is disclosed to', shortOf(200))
    .option('--recipient-kind <kind>', recipientKinds.join(', '), kindOf, 'other')
    .requiredOption(
      '--ground <text>',
      'law or reason; of what is kept beside an erasure: the ground it is kept on',
      shortOf(200),
    )
    .option('--purpose <text>', 'what for', shortOf(500))
    .option('--page', 'a page that checks itself in a browser, instead of JSON')
    .requiredOption('--out <file>', 'a file that does not exist yet')
    .option('--json', 'one line of JSON')
    .action((place: Place, options: DiscloseOptions) =>
      withContext('disclose', async (context) => {
        const { organisation, fields: sections, recipient, recipientKind, ground, purpose, out } = options;
        await adopt(context, organisation);
        // Made first: nothing is recorded as disclosed that cannot be written.
        const file = await open(out, 'wx', 0o600);
        try {
          // The ledger follows here too, so that nothing else has to be running.
          await context.platform.sequencer.start();
          const to = { recipient, recipientKind, ground, ...(purpose === undefined ? {} : { purpose }) };
          const asked: AskedDisclosure = { ...place, sections, to };
          const request = { disclose: { ...place, sections: sections.map((one) => ({ ...one })), to } };
          const about = { organisation, commandId: randomUUID(), service: 'cli', source: 'staff', request };
          const made = await context.app.get(CommandBus).execute(new MakeDisclosureCommand(about, asked));
          const { publicUrl } = context.platform.config;
          await file.writeFile(options.page ? await pageOf(organisation, made, publicUrl) : made.disclosure);
          await file.sync();
          const { record, leaf } = made;
          say(options, [`disclosed: recorded by event ${record}, leaf ${leaf.index} of ${leaf.origin}`], {
            record,
            leaf,
            out,
          });
        } catch (error) {
          await rm(out, { force: true });
          throw error;
        } finally {
          await file.close();
        }
      }),
    );
}

function placeOf(text: string): Place {
  const [, stream, version] = /^([^@]+)@(\d{1,15})$/.exec(text) ?? [];
  if (!isStreamId(stream) || version === undefined) throw new InvalidArgumentError('It takes stream@version.');
  return { stream, version: Number(version) };
}

function fieldsOf(text: string): AskedDisclosure['sections'] {
  const sections = new Map<string | undefined, string[]>();
  for (const name of text.split(',')) {
    const [, role, field] = /^(?:([A-Za-z0-9]{1,64})\.)?([A-Za-z0-9]{1,64})$/.exec(name.trim()) ?? [];
    if (field === undefined) throw new InvalidArgumentError('It takes names with commas between them.');
    sections.set(role, [...(sections.get(role) ?? []), field]);
  }
  return [...sections].map(([role, fields]) => ({ ...(role === undefined ? {} : { role }), fields }));
}

function kindOf(text: string): RecipientKind {
  const kind = recipientKinds.find((one) => one === text);
  if (kind === undefined) throw new InvalidArgumentError(`It takes one of ${recipientKinds.join(', ')}.`);
  return kind;
}

function shortOf(most: number): (text: string) => string {
  return (text) => {
    if (text.length === 0 || text.length > most) throw new InvalidArgumentError(`It takes 1 to ${most} characters.`);
    return text;
  };
}
