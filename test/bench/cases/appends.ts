import { openArdoise, ardoiseAppends } from '../contestants/ardoise';
import { openBareTable } from '../contestants/bare-inserts';
import { openEmmett } from '../contestants/emmett';
import { compare, ratios, type Goal } from '../rounds';
import type { Bench, CaseResult } from '../case';

const goals: readonly Goal[] = [
  { what: 'Ardoise to Emmett, 16 callers', of: 'Ardoise, 16 callers', to: 'Emmett, 16 callers', atLeast: 5 },
  { what: 'Ardoise to Emmett, one caller', of: 'Ardoise, 1 caller', to: 'Emmett, 1 caller' },
  {
    what: 'Ardoise, 16 callers, to a bare INSERT of 16 rows',
    of: 'Ardoise, 16 callers',
    to: 'INSERT of 16 rows, 1 caller',
    atLeast: 0.5,
  },
  {
    what: 'Ardoise, one caller, to a bare INSERT of one row',
    of: 'Ardoise, 1 caller',
    to: 'INSERT of 1 row, 1 caller',
    atLeast: 0.5,
  },
  {
    what: 'Ardoise, 16 callers, to 16 bare INSERTs of one row',
    of: 'Ardoise, 16 callers',
    to: 'INSERT of 1 row, 16 callers',
  },
];

/** One event with one section of five fields, sealed under a key that exists, appended to one of 64 streams. */
export async function appends(bench: Bench): Promise<CaseResult> {
  const ardoise = await openArdoise(await bench.server.database('ardoise_appends'), bench.server.folder);
  const emmett = await openEmmett(await bench.server.database('emmett_appends'));
  const bare = await openBareTable(await bench.server.database('bare_appends'));
  try {
    const contestants = [
      ardoiseAppends('Ardoise, 16 callers', ardoise, await ardoise.streams(64), 16),
      emmett.appends('Emmett, 16 callers', await emmett.streams(64), 16),
      bare.batched('INSERT of 16 rows, 1 caller', 16),
      bare.single('INSERT of 1 row, 16 callers', 16),
      ardoiseAppends('Ardoise, 1 caller', ardoise, await ardoise.streams(64), 1),
      emmett.appends('Emmett, 1 caller', await emmett.streams(64), 1),
      bare.single('INSERT of 1 row, 1 caller', 1),
    ];
    const { options, server, say } = bench;
    const standings = await compare(contestants, { ...options, backend: server.backend, say });
    return {
      name: 'appends',
      title: 'Appends',
      about:
        'One event with one section of five fields. Ardoise seals it under a key that exists (salts, commitment, ' +
        'ciphertext, header, leaf hash) and appends it to one of 64 streams at an exact expected version, by its ' +
        `command once. Emmett ${emmett.version} appends the same content in clear at an exact expected version. The ` +
        'bare INSERTs write the same bytes as Ardoise, made beforehand.',
      unit: 'events/s',
      standings,
      ratios: ratios(standings, goals),
      figures: [],
    };
  } finally {
    await Promise.all([ardoise.close(), emmett.close(), bare.close()]);
  }
}
