import { Command } from 'commander';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { readConfig } from '@ardoise/config';
import { PostgresEventStore } from '@ardoise/event-store';
import { readHeader } from '@ardoise/format';
import { createPool } from '@ardoise/postgres';
import { readReceipt } from '../../../src/erasures/receipts/receipt-shape';
import { verifyReceipt, type LoggedHeader, type Verification } from '../../../src/erasures/receipts/verification';
import { findServer } from '../../../src/platform/database';
import { createLog } from '../../../src/platform/logging';
import { say, type OutputOptions } from '../output';

interface VerifyOptions extends OutputOptions {
  readonly log?: string;
  readonly database?: boolean;
  readonly key?: string;
}

const atOnce = 1_000;

export function verifyReceiptCommand(): Command {
  return new Command('verify-receipt')
    .description('hold a receipt of an erasure against its signature and the log; needs no key of any vault')
    .argument('<file>', 'the receipt as JSON')
    .option('--log <export>', 'NDJSON written by "export --headers" or "export"')
    .option('--database', 'the log in the database instead')
    .option('--key <pem>', 'public key from elsewhere; without it nobody vouches for the one in the receipt')
    .option('--json', 'one line of JSON')
    .addHelpText(
      'after',
      '\nExit codes: 0 verified, 1 refused, 3 nothing is wrong and not everything could be checked.',
    )
    .action(async (file: string, options: VerifyOptions) => {
      const receipt = readReceipt(await readFile(file, 'utf8'));
      const publicKey = options.key === undefined ? undefined : await readFile(options.key, 'utf8');
      const log = logOf(receipt.organisation, options);
      const verification = await verifyReceipt(receipt, {
        ...(publicKey === undefined ? {} : { publicKey }),
        ...(log ? { log } : {}),
      });
      say(options, readable(verification), verification);
      process.exitCode = { verified: 0, refused: 1, partly: 3 }[verification.verdict];
    });
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
  const store = new PostgresEventStore({ pool, listenUrl: server.url });
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
  const { state, against, key } = signature;
  const by = against === 'given-key' ? `the key given, ${key}` : `the key in the receipt, ${key}`;
  return [
    `receipt of erasure ${erasure} of ${organisation}`,
    `digest ${digest}`,
    `signature ${state}${key === undefined ? '' : `, held against ${by}`}`,
    ...(log
      ? [
          `log: ${log.events} events, ${log.naming} of which name ended keys`,
          `${log.units.named} of ${log.units.of} units are named as ended, with the same fingerprint`,
          `${log.kept.checked} of ${log.kept.of} kept units are not ended before their date`,
        ]
      : ['log: not looked at (--log or --database)']),
    ...unchecked.map((what) => `not checked: ${what}`),
    ...(wrong ? [`wrong: ${wrong.code}: ${wrong.detail}`] : []),
    verdict,
  ];
}
