import { cosignatureType, formatVerifierKey, verifierKey, type NoteSigner } from '@ardoise/ledger';
import { FileSigningKey, rawPublicKey } from '@ardoise/signing';
import { SystemClock } from '@ardoise/time';
import { FolderWitnessStore, KnownLogs, serveWitness, Witness, WitnessError } from '@ardoise/witness';
import { Command, InvalidArgumentError } from 'commander';
import { join } from 'node:path';

interface WitnessOptions {
  readonly folder: string;
  readonly logs: string;
  readonly listen: { readonly host: string; readonly port: number };
  readonly name: string;
}

/** A witness of c2sp.org/tlog-witness: whoever runs one, beside the log's operator, makes its past hold. */
export function witnessCommand(): Command {
  return new Command('witness')
    .description('run a witness: cosign the checkpoints of logs as long as each goes on from the one before')
    .requiredOption('--folder <folder>', 'what it remembers, and its key; made where there is none; one process each')
    .requiredOption(
      '--logs <file>',
      'logs it cosigns: lines "log <vkey>" or "logs-below <vkey>"; read again when changed',
    )
    .requiredOption('--listen <host:port>', 'where it listens, in HTTP; what it is reached by is for a proxy', listen)
    .requiredOption('--name <name>', 'its name in cosignatures, such as witness.example.org/w1', name)
    .action(run);
}

async function run({ folder, logs: path, listen: { host, port }, name: called }: WitnessOptions): Promise<void> {
  const logs = await KnownLogs.open(path, (error) => tell(`${error.message}; what was known before holds on`));
  const signer = await signerOf(join(folder, 'key'), called);
  const store = await FolderWitnessStore.open(folder);
  const witness = new Witness({ store, signer, clock: new SystemClock(), logs: (origin) => logs.keysOf(origin) });
  const stopping = onceStopped();
  let failed: WitnessError | undefined;
  const served = await serveWitness({
    witness,
    host,
    port,
    onFailure: (error) => {
      tell(`a request could not be answered: ${codeOf(error)}`);
      // Somebody else cosigns from here now: two of one name must not go on beside each other.
      if (!(error instanceof WitnessError) || error.code !== 'witness-folder-lost') return;
      failed = error;
      stopping.stop();
    },
  });
  // The line that a policy has of it.
  process.stdout.write(
    `witness ${called.replace(/[^A-Za-z0-9._-]/g, '-')} ${formatVerifierKey(signer.key)} ${served.url}\n`,
  );
  await stopping.stopped;
  await served.close();
  if (failed) throw failed;
  await store.close();
}

/** The key is made at the first start, beside what the witness remembers. */
async function signerOf(folder: string, called: string): Promise<NoteSigner> {
  const key = await FileSigningKey.open(folder, 'witness');
  return {
    key: verifierKey(called, cosignatureType, rawPublicKey(key.publicKey)),
    sign: (message) => key.sign(message),
  };
}

function onceStopped(): { readonly stopped: Promise<void>; readonly stop: () => void } {
  let stop = (): void => undefined;
  const stopped = new Promise<void>((resolve) => (stop = resolve));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
  return { stopped, stop: () => stop() };
}

const tell = (text: string): boolean => process.stderr.write(`ardoise-audit witness: ${text}\n`);

function codeOf(error: unknown): string {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : 'unknown';
}

function listen(text: string): { host: string; port: number } {
  const [, bracketed, plain, digits] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:\s]+)):(\d{1,5})$/.exec(text) ?? [];
  const [host, port] = [bracketed ?? plain, Number(digits)];
  if (host === undefined || port > 65_535)
    throw new InvalidArgumentError('It takes HOST:PORT, such as 127.0.0.1:8080.');
  return { host, port };
}

function name(text: string): string {
  if (/^[^\s+\p{C}]{1,200}$/u.test(text)) return text;
  throw new InvalidArgumentError('It takes 1 to 200 characters, none of them a space or a plus.');
}
