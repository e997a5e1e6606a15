import type { Pool } from 'pg';

/** A setting of a server under which values of statements stay somewhere that no erasure reaches. */
export interface KeepsValues {
  readonly setting: string;
  readonly value: string;
  /** What it keeps, and what would keep nothing. */
  readonly why: string;
}

interface Rule {
  readonly setting: string;
  readonly keeps: (value: string, all: ReadonlyMap<string, string>) => boolean;
  readonly why: string;
}

const isOn = (value: string): boolean => Number(value) >= 0;
const quietLevels = ['log', 'fatal', 'panic'];
const preloaded = (all: ReadonlyMap<string, string>, library: string): boolean =>
  ['shared_preload_libraries', 'session_preload_libraries', 'local_preload_libraries'].some((name) =>
    (all.get(name) ?? '').split(',').some((one) => one.trim() === library),
  );

const rules: readonly Rule[] = [
  {
    setting: 'log_statement',
    keeps: (value) => value === 'mod' || value === 'all',
    why: "statements and their parameters are logged; 'none' or 'ddl' keeps no value",
  },
  {
    setting: 'log_min_duration_statement',
    keeps: isOn,
    why: 'slow statements are logged with their parameters; -1 keeps no value',
  },
  {
    setting: 'log_min_duration_sample',
    keeps: (value, all) => isOn(value) && Number(all.get('log_statement_sample_rate') ?? 1) > 0,
    why: 'a sample of statements is logged with their parameters; -1 keeps no value',
  },
  {
    setting: 'log_transaction_sample_rate',
    keeps: (value) => Number(value) > 0,
    why: 'a sample of transactions is logged with their parameters; 0 keeps no value',
  },
  {
    setting: 'log_parameter_max_length_on_error',
    keeps: (value) => value !== '0',
    why: 'parameters of failed statements are logged; 0 keeps no value',
  },
  {
    setting: 'log_min_messages',
    keeps: (value) => !quietLevels.includes(value),
    why: "errors are logged with the database's words, which can quote a value; 'log' keeps no value",
  },
  {
    setting: 'auto_explain.log_min_duration',
    keeps: (value) => isOn(value),
    why: 'plans of slow statements are logged, and hold values; -1 keeps no value',
  },
  {
    setting: 'shared_preload_libraries',
    keeps: (_, all) => preloaded(all, 'pg_stat_statements') && all.get('pg_stat_statements.track') !== 'none',
    why:
      'pg_stat_statements keeps texts of statements: ours give their values as parameters, which it does not keep; ' +
      "somebody else's may not; pg_stat_statements.track = none keeps nothing",
  },
];

/** Settings that a session of this pool runs under, and that keep values. Empty when nothing does. */
export async function settingsThatKeepValues(pool: Pick<Pool, 'query'>): Promise<KeepsValues[]> {
  const { rows } = await pool.query<{ name: string; setting: string }>(
    `SELECT name, setting FROM pg_settings WHERE name LIKE 'log\\_%' OR name LIKE '%preload\\_libraries'
        OR name LIKE 'auto\\_explain.%' OR name LIKE 'pg\\_stat\\_statements.%'`,
  );
  const all = new Map(rows.map(({ name, setting }) => [name, setting]));
  return rules.flatMap(({ setting, keeps, why }) => {
    const value = all.get(setting);
    return value !== undefined && keeps(value, all) ? [{ setting, value, why }] : [];
  });
}
