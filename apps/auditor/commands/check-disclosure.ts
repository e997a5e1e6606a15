import { Command } from 'commander';
import { checkDisclosure, type DisclosureCheck, type Shown } from '@ardoise/disclosure';
import { canonicalJson } from '@ardoise/format';
import { say, type OutputOptions } from '../../cli/output';
import { readNamed } from './inputs';
import { exitCodes, exitHelp, keyHelp, policyHelp, readTrust, verdicts, type TrustOptions } from './ledger-key';

type Options = OutputOptions & TrustOptions;

export function checkDisclosureCommand(): Command {
  return new Command('check-disclosure')
    .description('check, offline, fields of an event that were disclosed, and show them')
    .argument('<file>', 'the disclosure as JSON')
    .option('--key <key>', keyHelp)
    .option('--policy <file>', policyHelp)
    .option('--json', 'one line of JSON')
    .addHelpText('after', exitHelp)
    .action(async (file: string, options: Options) => {
      const checked = checkDisclosure((await readNamed(file)).toString('utf8'), await readTrust(options));
      say(options, readable(checked), checked);
      process.exitCode = exitCodes[checked.verdict];
    });
}

function readable(checked: DisclosureCheck): string[] {
  const verdict = verdicts[checked.verdict];
  if (checked.verdict === 'refused') return [`wrong: ${checked.wrong.code}: ${checked.wrong.detail}`, verdict];
  return [...shown(checked.shown), ...checked.unchecked.map((what) => `not checked: ${what}`), verdict];
}

function shown({ event, sections, hidden, ledger, key, witnesses }: Shown): string[] {
  return [
    `event ${event.id} of ${event.organisation}: ${event.type}, ${event.stream}@${event.version}, recorded at ${event.recordedAt}`,
    ...sections.flatMap(({ section, fields, others }) => [
      ...fields.map(({ name, value }) => `section ${section}: ${name} = ${canonicalJson(value)}`),
      `section ${section}: ${others} ${others === 1 ? 'field is' : 'fields are'} not shown`,
    ]),
    ...(hidden > 0 ? [`${hidden} ${hidden === 1 ? 'section is' : 'sections are'} not shown`] : []),
    `leaf ${ledger.index} of the ${ledger.size} of ${ledger.origin}, ${ledger.leafHash}`,
    `signed by ${key.given ? 'the key given' : 'the key in the file'}, ${key.vkey}`,
    ...witnesses.map(({ name, at }) => `seen by witness ${name} at ${at}`),
  ];
}
