import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Locks of one number are one lock, whoever meant what by it: two parts that chose the same would wait for each other. */
it('every advisory lock has a number of its own', () => {
  const numbers = ['libs', 'src', 'apps'].flatMap((folder) =>
    readdirSync(join(__dirname, '..', folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.endsWith('spec.ts'))
      .flatMap((name) => readFileSync(join(__dirname, '..', folder, name), 'utf8').match(/4_151_702_\d{3}/g) ?? []),
  );
  expect(numbers.length).toBeGreaterThan(4);
  expect(new Set(numbers).size).toBe(numbers.length);
});
