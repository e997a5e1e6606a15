import { canonicalJson, isDay, isDigest, isId, type Json } from '@ardoise/format';
import { type Anchor, AnchorError, type Ended, isUnit } from './anchor';

/** docs/keys.md, section "Anchor". */
const format = 1;
const listName = 'ardoise-ended';
const number = /^(0|[1-9]\d{0,18})$/;
const cause = /^[a-z-]{1,40}$/;

/** The bytes of a head file. */
export function writeHead({ organisation, log, covered, mark, writtenAt }: Anchor): string {
  const { position, digest } = log;
  const head = {
    format,
    organisation,
    log: { position: position.toString(), digest },
    covered,
    mark: mark.toString(),
    writtenAt: writtenAt.toISOString(),
  };
  return `${canonicalJson(head)}\n`;
}

/** @throws AnchorError */
export function readHead(path: string, organisation: string, text: string): Anchor {
  const head = parse(path, text) as Partial<Record<keyof Anchor | 'format', unknown>>;
  checkFormat(path, head.format);
  checkOrganisation(path, head.organisation, organisation);
  const { position, digest } = (head.log ?? {}) as { position?: unknown; digest?: unknown };
  const whole =
    isNumber(position) &&
    (position === '0' ? digest === '' : isDigest(digest)) &&
    Number.isSafeInteger(head.covered) &&
    isNumber(head.mark) &&
    typeof head.writtenAt === 'string' &&
    !Number.isNaN(Date.parse(head.writtenAt));
  if (!whole) throw malformed(path, 'lacks a member, or has one that is not of its form');
  return {
    organisation,
    log: { position: BigInt(position), digest: digest as string },
    covered: head.covered as number,
    mark: BigInt(head.mark as string),
    writtenAt: new Date(head.writtenAt as string),
  };
}

/** The first line of a list of endings. */
export const firstLine = (organisation: string): string => `${canonicalJson([listName, format, organisation])}\n`;

/** @throws AnchorError */
export function readFirstLine(path: string, organisation: string, line: string): void {
  const first = parse(path, line);
  if (!Array.isArray(first) || first[0] !== listName) throw malformed(path, 'does not begin as a list of endings');
  checkFormat(path, first[1]);
  checkOrganisation(path, first[2], organisation);
}

export function writeEnded(ended: Ended): string {
  const { fingerprint, cause: why, position } = ended;
  const rest: Json[] = [fingerprint, why, position.toString()];
  const line: Json[] = isUnit(ended)
    ? ['unit', ended.unit, ...rest]
    : ['group', ended.group, ...rest, ended.epoch, ended.category ?? null, ended.day ?? null];
  return `${canonicalJson(line)}\n`;
}

/** @throws AnchorError */
export function readEnded(path: string, line: string): Ended {
  const parts = parse(path, line);
  if (!Array.isArray(parts)) throw malformed(path, 'has a line that is no ending');
  const [kind, id, fingerprint, why, position, epoch, category, day] = parts as unknown[];
  const named = isId(id) && isDigest(fingerprint) && typeof why === 'string' && cause.test(why) && isNumber(position);
  if (!named) throw malformed(path, 'has a line that is no ending');
  const ending = { fingerprint, cause: why, position: BigInt(position) };
  if (kind === 'unit' && parts.length === 5) return { unit: id, ...ending };
  const ofDay = typeof category === 'string' && isDay(day);
  const isGroup = kind === 'group' && parts.length === 8 && Number.isSafeInteger(epoch);
  if (!isGroup || !(ofDay || (category === null && day === null)))
    throw malformed(path, 'has a line that is no ending');
  return { group: id, ...ending, epoch: epoch as number, ...(ofDay ? { category, day } : {}) };
}

function isNumber(value: unknown): value is string {
  return typeof value === 'string' && number.test(value);
}

function parse(path: string, text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    if (value !== null && typeof value === 'object') return value;
  } catch {
    // Told below.
  }
  throw malformed(path, 'is not JSON');
}

function checkFormat(path: string, found: unknown): void {
  if (found === format) return;
  throw new AnchorError('anchor-format-unknown', `the anchor at ${path} is of another format than ${format}`);
}

function checkOrganisation(path: string, found: unknown, organisation: string): void {
  if (found === organisation) return;
  throw new AnchorError('anchor-of-another-organisation', `the anchor at ${path} is not that of ${organisation}`);
}

export function malformed(path: string, what: string): AnchorError {
  return new AnchorError('anchor-malformed', `the anchor at ${path} ${what}`);
}
