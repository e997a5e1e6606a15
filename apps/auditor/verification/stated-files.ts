import { kindOf, type LedgerFiles } from '@ardoise/bundle';
import { parseTilePath, widthOf } from '@ardoise/ledger';
import type { Checks } from './checks';
import type { Description } from './description';

/** Whether all files that are there belong there; that none is missing is seen by whoever reads it. */
export async function checkFiles(
  files: LedgerFiles,
  { trees }: Description,
  hasPolicy: (version: number) => boolean,
  checks: Checks,
): Promise<void> {
  const paths = await files.list?.();
  if (!paths) return;
  checks.count('files', 'files', paths.length);
  for (const path of paths) {
    if (belongs(path, trees, hasPolicy)) continue;
    checks.wrong('files', {
      code: 'file-unexpected',
      detail: `${path} belongs to no tree and no policy of this ledger`,
    });
  }
}

function belongs(path: string, trees: Description['trees'], hasPolicy: (version: number) => boolean): boolean {
  const [first = '', ...rest] = path.split('/');
  switch (kindOf(path)) {
    case undefined:
      return false;
    case 'policy':
      return hasPolicy(Number.parseInt(rest.join('/'), 10));
    case 'checkpoint':
    case 'checkpoints':
      return Number(first) <= trees.length;
    case 'tile':
    case 'entries': {
      const tile = parseTilePath(rest.join('/'));
      const tree = trees[Number(first) - 1];
      return tile !== undefined && tree !== undefined && widthOf(tile.level, tile.index, tree.size) === tile.width;
    }
    default:
      return true;
  }
}
