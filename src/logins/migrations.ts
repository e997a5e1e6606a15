import type { Migration } from '@ardoise/postgres';

/** Rows of before the units of a day were listed: they say themselves what they came from. */
export const loginMigrations: readonly Migration[] = [
  {
    id: 'logins-001-day-units',
    statements: `
INSERT INTO read.day_units (organisation, generation, category, day, unit)
SELECT DISTINCT organisation, 'live', 'technical', day, unit FROM read.logins ON CONFLICT DO NOTHING;`,
  },
];
