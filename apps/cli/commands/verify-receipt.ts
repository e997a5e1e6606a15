import { Command } from 'commander';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { readConfig } from '@ardoise/config';
import { readHeader } from '@ardoise/format';
import { createPool } from '@ardoise/postgres';
import type { Receipt } from '../../../src/erasures/receipts/receipt';
import { readReceipt } from '../../../src/erasures/receipts/receipt-shape';
import { verifyReceipt, type Verification } from '../../../src/erasures/receipts/verification';
import { differsFrom } from '../../../src/audit/handover/hand-over';
import { readGroupReceipt } from '../../../src/keys/ends/group-receipt-shape';
import { verifyGroupReceipt, type GroupReceipt, type GroupVerification } from '../../../src/keys/ends/group-receipts';
import type { Against, LoggedHeader, SignatureChecked, Verdict, Wrong } from '../../../src/keys/receipt-checks';
import { findServer } from '../../../src/platform/database';
import { openEventStore } from '../../../src/platform/event-store';
import { createLog } from '../../../src/platform/logging';
import { say, type OutputOptions } from '../output';

interface VerifyOptions extends OutputOptions {
  readonly log?: string;
  readonly database?: boolean;
  readonly key?: string;
  readonly folder?: string;
}

const atOnce = 1_000;

export function verifyReceiptCommand(): Command {
  return new Command('verify-receipt')
    .description(
      'hold a receipt of an erasure, a day or an organisation against its signature and the log; needs no key of any vault',
    )
    .argument('<file>', 'the receipt as JSON')
    .option('--log <export>', 'NDJSON written by "export --headers" or "export"')
    .option('--database', 'the log in the database instead')
    .option('--key <pem>', 'public key from elsewhere; without it nobody vouches for the one in the receipt')
    .option('--folder <folder>', "of an organisation's receipt: the hand-over, whose files are compared with it")
    .option('--json', 'one line of JSON')
    .addHelpText(
      'after',
      '\nExit codes: 0 verified, 1 refused, 3 nothing is wrong and not everything could be checked.',
    )
    .action(async (file: string, options: VerifyOptions) => {
      const text = await readFile(file, 'utf8');
      const ofGroups = readGroupReceipt(text);
      const { organisation } = ofGroups ?? readReceipt(text);
      const publicKey = options.key === undefined ? undefined : await readFile(options.key, 'utf8');
      const log = logOf(organisation, options);
      const against: Against = { ...(publicKey === undefined ? {} : { publicKey }), ...(log ? { log } : {}) };
      const verdict = ofGroups
        ? await groups(ofGroups, against, options)
        : await erasure(readReceipt(text), against, options);
      process.exitCode = { verified: 0, refused: 1, partly: 3 }[verdict];
    });
}

async function erasure(receipt: Receipt, against: Against, options: VerifyOptions): Promise<Verdict> {
  const verification = await verifyReceipt(receipt, against);
  say(options, readable(verification), verification);
  return verification.verdict;
}

async function groups(receipt: GroupReceipt, against: Against, options: VerifyOptions): Promise<Verdict> {
  const verification = await verifyGroupReceipt(receipt, against);
  const { folder } = options;
  if (folder === undefined || receipt.type !== 'ardoise-organisation-receipt') {
    say(options, readableGroups(verification), verification);
    return verification.verdict;
  }
  const differs = await differsFrom(resolve(folder), receipt.export);
  const wrong: Wrong = verification.wrong ?? { code: 'file-differs', detail: `${differs} is not what was handed over` };
  const whole: GroupVerification =
    differs === undefined ? verification : { ...verification, verdict: 'refused', wrong };
  const files = differs === undefined ? 'as handed over' : `${differs} is missing or altered`;
  say(options, [...readableGroups(whole), `files: ${files}`], { ...whole, files: differs ?? 'as-handed-over' });
  return whole.verdict;
}

function logOf(organisation: string, { log, database }: VerifyOptions): AsyncIterable<LoggedHeader> | undefined {
  if (log !== undefined) return exported(log);
  return database ? stored(organisation) : undefined;
}

async function* exported(file: string): AsyncGenerator<LoggedHeader> {
  let line = 0;
  for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    line += 1;
    if (text !== '') yield headerOf(text, line);
  }
}

function headerOf(text: string, line: number): LoggedHeader {
  try {
    return readHeader(Buffer.from((JSON.parse(text) as { header: string }).header, 'utf8'));
  } catch {
    throw new Error(`line ${line} of the log is no line of an export; write it with "ardoise export --headers"`);
  }
}

/** Under the role that reads the log and nothing else. */
async function* stored(organisation: string): AsyncGenerator<LoggedHeader> {
  const config = readConfig({ LOG_LEVEL: 'warn', ...process.env });
  const server = await findServer(config, createLog(config.logLevel, 'ardoise verify-receipt', process.stderr));
  const pool = createPool(server.url, { role: 'ardoise_log', max: 1, applicationName: 'ardoise verify-receipt' });
  const store = await openEventStore({ config, pool, url: server.url });
  try {
    for (let after = 0n; ;) {
      const events = await store.readLog(organisation, after, atOnce);
      for (const { header } of events) yield readHeader(header);
      const last = events.at(-1);
      if (!last) return;
      after = last.position;
    }
  } finally {
    await store.close();
    await pool.end();
    await server.stop();
  }
}

function readable({
  verdict,
  organisation,
  erasure,
  digest,
  signature,
  log,
  wrong,
  unchecked,
}: Verification): string[] {
  return [
    `receipt of erasure ${erasure} of ${organisation}`,
    `digest ${digest}`,
    signed(signature),
    ...(log
      ? [
          `log: ${log.events} events, ${log.naming} of which name ended keys`,
          `${log.units.named} of ${log.units.of} units are named as ended, with the same fingerprint`,
          `${log.kept.checked} of ${log.kept.of} kept units are not ended before their date`,
          ...(log.recoveredAt === undefined
            ? []
            : [
                `the log was put back from a backup and recovered at ${log.recoveredAt}: it names again what it had lost`,
              ]),
          ...(log.organisationEndedAt === undefined
            ? []
            : [`the organisation ended at ${log.organisationEndedAt}: what was kept ended with it`]),
        ]
      : ['log: not looked at (--log or --database)']),
    ...unchecked.map((what) => `not checked: ${what}`),
    ...(wrong ? [`wrong: ${wrong.code}: ${wrong.detail}`] : []),
    verdict,
  ];
}

function signed({ state, against, key }: SignatureChecked): string {
  const by = against === 'given-key' ? `the key given, ${key}` : `the key in the receipt, ${key}`;
  return `signature ${state}${key === undefined ? '' : `, held against ${by}`}`;
}

function readableGroups(verification: GroupVerification): string[] {
  const { verdict, organisation, category, day, digest, signature, log, wrong } = verification;
  return [
    day === undefined
      ? `receipt of the end of ${organisation}`
      : `receipt of the end of ${day}, ${category}, of ${organisation}`,
    `digest ${digest}`,
    signed(signature),
    ...(log
      ? [
          `log: ${log.events} events, ${log.naming} of which name ended groups of keys`,
          `${log.groups.named} of ${log.groups.of} groups are named as ended, with the same fingerprint`,
        ]
      : ['log: not looked at (--log or --database)']),
    ...(wrong ? [`wrong: ${wrong.code}: ${wrong.detail}`] : []),
    verdict,
  ];
}
