import { lineLimits, linesOf, parseEndingLine, unitsPath, type LedgerFiles } from '@ardoise/bundle';
import type { Checks } from './checks';
import { exists } from './exists';
import { refusalOf } from './refusal';
import { said } from './sayings';
import type { Units } from './units';

/** What the vault says ended, added to what the log says. Gives whether the vault's word is there. */
export async function readVaultList(files: LedgerFiles, units: Units, checks: Checks): Promise<boolean> {
  if (!(await exists(files, unitsPath))) {
    checks.unchecked('vault', `what the vault says ended: ${unitsPath} is not there`);
    return false;
  }
  try {
    for await (const bytes of linesOf(files.stream(unitsPath), lineLimits.units, unitsPath)) {
      const { kind, id, fingerprint, state, receipt = '' } = parseEndingLine(bytes);
      checks.count('vault', 'lines');
      const ofUnit = state === 'lost' ? said.vaultLost : said.destroyed;
      units.say(kind === 'unit' ? ofUnit : said.vaultGroup, id, fingerprint, receipt, -1, 0);
    }
    return true;
  } catch (error) {
    checks.wrong('vault', refusalOf(error));
    return false;
  }
}
