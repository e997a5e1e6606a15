import { lineLimits, unitsPath, type LedgerFiles } from '@ardoise/bundle';
import { isDay, isDigest, isId } from '@ardoise/format';
import type { Checks } from './checks';
import { exists } from './exists';
import { ContentError, onlyMembers, parseMembers } from './json';
import { linesOf } from './lines';
import { said } from './sayings';
import type { Units } from './units';

const members = ['unit', 'group', 'fingerprint', 'state', 'receipt', 'epoch', 'category', 'day'];

/** What the vault says ended, added to what the log says. Gives whether the vault's word is there. */
export async function readVaultList(files: LedgerFiles, units: Units, checks: Checks): Promise<boolean> {
  if (!(await exists(files, unitsPath))) {
    checks.unchecked('vault', `what the vault says ended: ${unitsPath} is not there`);
    return false;
  }
  let line = 0;
  try {
    for await (const bytes of linesOf(files, unitsPath, lineLimits.units)) {
      line += 1;
      add(bytes, `line ${line} of ${unitsPath}`, units);
    }
    checks.count('vault', 'lines', line);
    return true;
  } catch (error) {
    if (!(error instanceof ContentError)) throw error;
    checks.wrong('vault', { code: error.code, detail: error.message });
    return false;
  }
}

function add(bytes: Buffer, what: string, units: Units): void {
  const line = parseMembers(bytes, what);
  onlyMembers(line, members, what);
  const { unit, group, fingerprint, state, receipt = '', epoch, category, day } = line;
  const named = unit ?? group;
  const ended = state === 'destroyed' || state === 'lost';
  const place =
    (receipt === '' || isId(receipt)) &&
    (epoch === undefined || Number.isSafeInteger(epoch)) &&
    (category === undefined || typeof category === 'string') &&
    (day === undefined || isDay(day));
  if ((unit === undefined) === (group === undefined) || !isId(named) || !isDigest(fingerprint) || !ended || !place) {
    throw new ContentError('file-malformed', `${what} says of no unit or group that it ended`);
  }
  const ofUnit = state === 'lost' ? said.vaultLost : said.destroyed;
  units.say(group === undefined ? ofUnit : said.vaultGroup, named, fingerprint, String(receipt), -1, 0);
}
