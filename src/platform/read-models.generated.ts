import type { Migration } from '@ardoise/postgres';

export const readModelMigrations: readonly Migration[] = [];
