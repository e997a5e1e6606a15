import { InvalidArgumentError } from 'commander';
import { partNames, type PartName } from '@ardoise/backup';

/** Parts of a backup, separated by commas. */
export function partList(text: string): PartName[] {
  const names = text.split(',').map((name) => name.trim());
  const wrong = names.find((name) => !partNames.includes(name as PartName));
  if (wrong !== undefined) throw new InvalidArgumentError(`It takes ${partNames.join(', ')}, separated by commas.`);
  return partNames.filter((name) => names.includes(name));
}
