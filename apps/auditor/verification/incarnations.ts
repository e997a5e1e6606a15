import { isDigest, readHeader, type Header } from '@ardoise/format';
import type { LogReader } from '../log/log-reader';
import type { Checks } from './checks';
import { ContentError } from './content';
import type { Description } from './description';
import { refusalOf } from './refusal';

interface Head {
  readonly size: number;
  /** 32 bytes. */
  readonly root: Buffer;
}

/** What the first leaf of an incarnation says of the one before. */
export interface Reopening {
  readonly incarnation: number;
  /** The largest checkpoint that somebody is known to have. */
  readonly known: Head & { readonly origin: string };
  /** What the log has of it. */
  readonly found: Head;
}

const type = 'ledger-reopened';

/** The reopenings that the first leaves of all incarnations but the first one are, by the incarnation that begins. */
export async function readReopenings(
  log: LogReader,
  { trees, since }: Description,
  layered: boolean,
  checks: Checks,
): Promise<Map<number, Reopening>> {
  const reopenings = new Map<number, Reopening>();
  checks.count('incarnations', 'incarnations', trees.length);
  for (const { incarnation, size } of trees.slice(1)) {
    const cut =
      since &&
      !layered &&
      (incarnation < since.incarnation || (incarnation === since.incarnation && since.size >= 256));
    if (size === 0 || cut) {
      checks.unchecked('incarnations', `what incarnation ${incarnation} goes on from: its first leaf is not here`);
      continue;
    }
    try {
      const header = readHeader(await log.entry(incarnation, 0));
      const reopening = reopeningIn(header, incarnation);
      mustName(reopening, header, trees);
      reopenings.set(incarnation, reopening);
      tell(reopening, checks);
    } catch (error) {
      checks.wrong('incarnations', { ...refusalOf(error), incarnation, leaf: 0 });
    }
  }
  return reopenings;
}

function reopeningIn(header: Header, incarnation: number): Reopening {
  if (header.type !== type) {
    throw new ContentError('reopening-missing', `incarnation ${incarnation} does not begin with an event "${type}"`);
  }
  const { known, found } = header.facts as { known?: Record<string, unknown>; found?: Record<string, unknown> };
  return { incarnation, known: { ...headIn(known), origin: String(known?.origin) }, found: headIn(found) };
}

function headIn(value: Record<string, unknown> | undefined): Head {
  const { size, root } = value ?? {};
  if (!Number.isSafeInteger(size) || (size as number) < 0 || !isDigest(root)) {
    throw new ContentError('reopening-malformed', `an event "${type}" does not say what went before`);
  }
  return { size: size as number, root: Buffer.from(root, 'hex') };
}

function mustName({ incarnation, known }: Reopening, { facts }: Header, trees: Description['trees']): void {
  const { origin } = trees[incarnation - 1] as { origin: string };
  const before = trees.slice(0, incarnation - 1).map((tree) => tree.origin);
  if (facts.incarnation === incarnation && facts.origin === origin && before.includes(known.origin)) return;
  throw new ContentError('reopening-differs', `the first leaf of incarnation ${incarnation} is about other trees`);
}

function tell({ incarnation, known, found }: Reopening, checks: Checks): void {
  checks.count('incarnations', 'reopenings');
  checks.remark(
    'incarnations',
    `incarnation ${incarnation} is on record as a break: a checkpoint of ${known.size} leaves was known, and the log had ${found.size}`,
  );
}
