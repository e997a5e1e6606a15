import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, readConfig } from './config';

describe('readConfig', () => {
  it('has a default for everything', () => {
    expect(readConfig({}, '/srv/slate')).toMatchObject({
      port: 3000,
      host: '127.0.0.1',
      dataFolder: '/srv/slate/.ardoise',
      keysFolder: '/srv/slate/.ardoise-keys',
      eventStore: 'postgres',
      work: true,
      blobLimit: 26_214_400,
      warnings: [],
    });
  });

  it.each([
    [{ PORT: 'eighty' }, /PORT is "eighty"; it takes a whole number from 0 to 65535/],
    [{ PORT: '70000' }, /PORT/],
    [{ LOG_LEVEL: 'loud' }, /LOG_LEVEL is "loud"; it takes one of fatal, error/],
    [{ EVENT_STORE: 'files' }, /EVENT_STORE/],
    [{ HOST: '0.0.0.0' }, /HOST is "0.0.0.0".*loopback interface only/],
    [{ DATABASE_URL: 'mysql://x' }, /DATABASE_URL must be/],
    [{ DATABASE_URL_FILE: '/nowhere/at/all' }, /DATABASE_URL_FILE names a file that cannot be read/],
    [{ DATABASE_URL: 'postgresql://a', DATABASE_URL_FILE: '/b' }, /both set/],
  ])('refuses %j by name', (environment, message) => {
    expect(() => readConfig(environment)).toThrow(ConfigError);
    expect(() => readConfig(environment)).toThrow(message);
  });

  it('never shows a connection string', () => {
    expect(() => readConfig({ DATABASE_URL: 'http://u:secret@h' })).toThrow(expect.not.stringContaining('secret'));
  });

  it('reads a secret from a file', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'config-')), 'url');
    writeFileSync(file, 'postgresql://u:p@h/d\n');
    expect(readConfig({ DATABASE_URL_FILE: file }).databaseUrl).toBe('postgresql://u:p@h/d');
  });

  it('warns when the keys lie inside the data', () => {
    expect(readConfig({ ARDOISE_KEYS: '.ardoise/keys' }).warnings[0]).toMatch(/lies inside ARDOISE_DATA/);
  });
});
