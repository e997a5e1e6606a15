import { Command } from 'commander';
import { checkErasureProof, type ErasureProofCheck } from '../../../src/erasures/proofs/erasure-proof-check';
import { say, type OutputOptions } from '../../cli/output';
import { readNamed } from './inputs';
import { exitCodes, exitHelp, keyHelp, policyHelp, readTrust, verdicts, type TrustOptions } from './ledger-key';

interface Options extends OutputOptions, TrustOptions {
  readonly receiptKey?: string;
}

export function checkErasureCommand(): Command {
  return new Command('check-erasure')
    .description('check, offline, the proof of an erasure: its receipt, and that the ledger names its keys as ended')
    .argument('<file>', 'the proof as JSON')
    .option('--key <key>', keyHelp)
    .option('--policy <file>', policyHelp)
    .option('--receipt-key <pem>', 'the key that signs receipts, from elsewhere: a file in PEM')
    .option('--json', 'one line of JSON')
    .addHelpText('after', exitHelp)
    .action(async (file: string, options: Options) => {
      const { receiptKey } = options;
      const checked = await checkErasureProof((await readNamed(file)).toString('utf8'), {
        ...(await readTrust(options)),
        ...(receiptKey === undefined ? {} : { receiptKey: (await readNamed(receiptKey)).toString('utf8') }),
      });
      say(options, readable(checked), checked);
      process.exitCode = exitCodes[checked.verdict];
    });
}

function readable({ verdict, receipt, ledgers, wrong, unchecked }: ErasureProofCheck): string[] {
  return [
    ...(receipt ? [`receipt of erasure ${receipt.erasure} of ${receipt.organisation}, digest ${receipt.digest}`] : []),
    ...(receipt?.log ? [`${receipt.log.units.named} of ${receipt.log.units.of} keys are named as ended`] : []),
    ...ledgers.flatMap(({ origin, size, leaves, key, witnesses }) => [
      ...leaves.map(
        ({ index, event, recordedAt }) =>
          `by event ${event}, recorded at ${recordedAt}: leaf ${index} of the ${size} of ${origin}`,
      ),
      `signed by ${key.given ? 'the key given' : 'the key in the file'}, ${key.vkey}`,
      ...witnesses.map(({ name, at }) => `seen by witness ${name} at ${at}`),
    ]),
    ...unchecked.map((what) => `not checked: ${what}`),
    ...(wrong ? [`wrong: ${wrong.code}: ${wrong.detail}`] : []),
    verdicts[verdict],
  ];
}
