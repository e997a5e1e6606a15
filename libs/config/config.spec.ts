import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { readConfig } from './config';
import { ConfigError } from './environment';

describe('readConfig', () => {
  it('has a default for everything', () => {
    expect(readConfig({}, '/srv/slate')).toMatchObject({
      port: 3000,
      host: '127.0.0.1',
      dataFolder: '/srv/slate/.ardoise',
      keysFolder: '/srv/slate/.ardoise-keys',
      eventStore: { kind: 'postgres' },
      work: true,
      blobLimit: 26_214_400,
      webhookReceivers: 'public',
      webhookTimeoutMilliseconds: 15_000,
      feedClients: 200,
      feedHeartbeatMilliseconds: 15_000,
      keyEncryption: { kind: 'file' },
      ledgerKey: { kind: 'file' },
      keyEpochDays: 30,
      keyHorizonDays: 35,
      warnings: [],
    });
  });

  it.each([
    [{ PORT: 'eighty' }, /PORT is "eighty"; it takes a whole number from 0 to 65535/],
    [{ PORT: '70000' }, /PORT/],
    [{ LOG_LEVEL: 'loud' }, /LOG_LEVEL is "loud"; it takes one of fatal, error/],
    [{ EVENT_STORE: 'files' }, /EVENT_STORE is "files"; it takes one of postgres, eventstoredb/],
    [{ EVENT_STORE: 'eventstoredb' }, /EVENTSTORE_URL is not set; with EVENT_STORE=eventstoredb it takes/],
    [{ EVENT_STORE: 'eventstoredb', EVENTSTORE_URL: 'http://node:2113' }, /EVENTSTORE_URL must be/],
    [{ EVENT_STORE: 'eventstoredb', EVENTSTORE_URL: 'esdb://' }, /EVENTSTORE_URL must be/],
    [{ EVENT_STORE: 'eventstoredb', EVENTSTORE_URL: 'esdb://a:b:c' }, /EVENTSTORE_URL must be/],
    [{ HOST: '0.0.0.0' }, /HOST is "0.0.0.0".*loopback interface only/],
    [{ DATABASE_URL: 'mysql://x' }, /DATABASE_URL must be/],
    [{ DATABASE_URL_FILE: '/nowhere/at/all' }, /DATABASE_URL_FILE names a file that cannot be read/],
    [{ DATABASE_URL: 'postgresql://a', DATABASE_URL_FILE: '/b' }, /both set/],
    [{ ARDOISE_KEK: 'stone' }, /ARDOISE_KEK is "stone"; it takes one of file, pkcs11, transit/],
    [{ ARDOISE_KEK: 'pkcs11' }, /ARDOISE_PKCS11_MODULE is not set; with ARDOISE_KEK=pkcs11 it takes the path/],
    [
      { ARDOISE_KEK: 'pkcs11', ARDOISE_PKCS11_MODULE: '/m', ARDOISE_PKCS11_TOKEN: 't' },
      /ARDOISE_PKCS11_PIN is not set/,
    ],
    [{ ARDOISE_KEK: 'transit', ARDOISE_TRANSIT_URL: 'ftp://x' }, /ARDOISE_TRANSIT_URL must be an http/],
    [{ ARDOISE_KEK: 'transit', ARDOISE_TRANSIT_URL: 'http://bao.school:8200' }, /must be https/],
    [{ ARDOISE_KEK: 'transit', ARDOISE_TRANSIT_URL: 'https://bao' }, /ARDOISE_TRANSIT_TOKEN is not set/],
    [{ ARDOISE_LEDGER_KEY: 'stone' }, /ARDOISE_LEDGER_KEY is "stone"; it takes one of file, pkcs11/],
    [{ ARDOISE_LEDGER_KEY: 'pkcs11' }, /ARDOISE_PKCS11_MODULE is not set; with ARDOISE_LEDGER_KEY=pkcs11/],
    [{ ARDOISE_TIMESTAMP_URL: 'ftp://x' }, /ARDOISE_TIMESTAMP_URL must be an http/],
    [{ ARDOISE_TIMESTAMP_TRUST_FILE: '/ca.pem' }, /ARDOISE_TIMESTAMP_URL is not; set both/],
    [
      { ARDOISE_MAIL_URL: 'smtp://mail:587' },
      /ARDOISE_MAIL_FROM goes with ARDOISE_MAIL_URL, or with ARDOISE_MAIL_FOLDER.*set ARDOISE_MAIL_FROM/,
    ],
    [{ ARDOISE_MAIL_FROM: 'a@b.fr' }, /ARDOISE_MAIL_FROM goes with .*set two or none/],
    [{ ARDOISE_MAIL_FOLDER: 'letters' }, /set ARDOISE_MAIL_FROM too/],
    [
      { ARDOISE_MAIL_URL: 'smtp://mail', ARDOISE_MAIL_FOLDER: 'letters', ARDOISE_MAIL_FROM: 'a@b.fr' },
      /ARDOISE_MAIL_URL and ARDOISE_MAIL_FOLDER are both set/,
    ],
    [{ ARDOISE_MAIL_URL: 'https://mail', ARDOISE_MAIL_FROM: 'a@b.fr' }, /ARDOISE_MAIL_URL must be such as smtps/],
    [{ ARDOISE_MAIL_URL: 'smtp://mail', ARDOISE_MAIL_FROM: 'Formation <a@b.fr>' }, /ARDOISE_MAIL_FROM is .*takes an/],
    [{ ARDOISE_LEDGER_ORIGIN: 'https://records.school' }, /ARDOISE_LEDGER_ORIGIN is .*without "https:/],
    [{ ARDOISE_LEDGER_ORIGIN: 'records.school/' }, /ARDOISE_LEDGER_ORIGIN/],
    [{ ARDOISE_LEDGER_ORIGIN: 'records school' }, /ARDOISE_LEDGER_ORIGIN/],
    [{ ARDOISE_PUBLIC_URL: 'records.school' }, /ARDOISE_PUBLIC_URL is .*takes the address/],
    [{ ARDOISE_PUBLIC_URL: 'https://records.school/?a=1' }, /ARDOISE_PUBLIC_URL/],
    [{ ARDOISE_KEY_EPOCH_DAYS: '-1' }, /ARDOISE_KEY_EPOCH_DAYS/],
  ])('refuses %j by name', (environment, message) => {
    expect(() => readConfig(environment)).toThrow(ConfigError);
    expect(() => readConfig(environment)).toThrow(message);
  });

  it.each([
    ['http://secret:secret@node:2113', /EVENTSTORE_URL must be a connection string such as esdb:/],
    ['esdb://secret:se:cret@node', /must be .*percent-encoded/],
    ['esdb://user:1?secret@node', /must be .*percent-encoded/],
    ['esdb://user:secret%@node', /percent-encoded/],
    ['esdb://[::1]:2113?tls=false', /hosts are names or IPv4/],
    ['esdb://user:secret@a:99999', /port 99999; it takes one from 1 to 65535/],
    ['esdb+discover://user:secret@a,b', /several hosts; it takes one/],
    ['esdb://user:secret@a?nodePreference=follower', /option "nodePreference"; it takes tls, tlsCAFile/],
    ['esdb://user:secret@a?tls=maybe', /option tls as "maybe"; it takes true or false/],
    ['esdb://user:secret@a?tls', /option tls as ""; it takes true or false/],
    ['esdb://user:secret@a?gossipTimeout=soon', /option gossipTimeout as "soon"; it takes a whole number/],
    ['esdb://user:secret@a?tls=false', /a user and tls=false/],
    ['esdb://a?tls=false&tlsCAFile=package.json', /tlsCAFile and tls=false/],
    ['esdb://user:secret@a?tlsCAFile=/nowhere/ca.crt', /tlsCAFile names a file that cannot be read: \/nowhere\/ca.crt/],
    ['esdb://user:secret@a?tlsCAFile=package.json', /takes a file with a certificate in PEM/],
    ['esdb://user:secret@a?userKeyFile=package.json', /one of userCertFile and userKeyFile/],
  ])('refuses %s by what is wrong in it, and never shows a password', (url, message) => {
    const wrong = () => readConfig({ EVENT_STORE: 'eventstoredb', EVENTSTORE_URL: url });
    expect(wrong).toThrow(ConfigError);
    expect(wrong).toThrow(message);
    expect(wrong).toThrow(expect.objectContaining({ message: expect.not.stringContaining('secret') as string }));
  });

  it.each([
    'esdb://127.0.0.1:2113?tls=false',
    `esdb://admin:changeit@node1:2113,node2:2113,node3?tlsCAFile=${authority()}&keepAliveInterval=10000`,
    'esdb+discover://admin:p%40ss@cluster.school:2113/?tls=true',
  ])('takes %s', (url) => {
    const eventStore = { kind: 'eventstoredb', url };
    expect(readConfig({ EVENT_STORE: 'eventstoredb', EVENTSTORE_URL: url }).eventStore).toEqual(eventStore);
  });

  it('never shows a connection string, which may hold a password', () => {
    const wrong = () => readConfig({ EVENT_STORE: 'eventstoredb', EVENTSTORE_URL: 'esdb:/admin:secret@node' });
    expect(wrong).toThrow(expect.objectContaining({ message: expect.not.stringContaining('secret') as string }));
  });

  it('takes the policy of witnesses from a file, which is found from the folder it was started in', () => {
    expect(readConfig({ ARDOISE_LEDGER_POLICY: 'witnesses' }, '/srv/slate').ledgerPolicy).toBe('/srv/slate/witnesses');
    expect(readConfig({}, '/srv/slate').ledgerPolicy).toBeUndefined();
  });

  it('never shows a connection string', () => {
    expect(() => readConfig({ DATABASE_URL: 'http://u:secret@h' })).toThrow(expect.not.stringContaining('secret'));
  });

  it('takes a mail server, and never shows how it is reached', () => {
    const mail = { ARDOISE_MAIL_URL: 'smtps://me:secret@mail.school:465', ARDOISE_MAIL_FROM: 'cours@mail.school' };
    expect(readConfig(mail).mail).toEqual({ url: mail.ARDOISE_MAIL_URL, from: mail.ARDOISE_MAIL_FROM });
    expect(readConfig({}).mail).toBeUndefined();
    const wrong = () => readConfig({ ...mail, ARDOISE_MAIL_URL: 'ftp://me:secret@mail' });
    expect(wrong).toThrow(expect.objectContaining({ message: expect.not.stringContaining('secret') as string }));
  });

  it('takes a folder in the place of a mail server, and says what that means', () => {
    const { mail, warnings } = readConfig({ ARDOISE_MAIL_FOLDER: 'letters', ARDOISE_MAIL_FROM: 'a@b.fr' }, '/srv');
    expect(mail).toEqual({ from: 'a@b.fr', folder: '/srv/letters' });
    expect(warnings).toEqual([expect.stringMatching(/ARDOISE_MAIL_FOLDER \(\/srv\/letters\) takes letters in clear/)]);
  });

  it('reads a secret from a file', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'config-')), 'url');
    writeFileSync(file, 'postgresql://u:p@h/d\n');
    expect(readConfig({ DATABASE_URL_FILE: file }).databaseUrl).toBe('postgresql://u:p@h/d');
  });

  it('warns when the keys lie inside the data', () => {
    expect(readConfig({ ARDOISE_KEYS: '.ardoise/keys' }).warnings[0]).toMatch(/lies inside ARDOISE_DATA/);
  });

  it('reads where the key-encryption key is', () => {
    const transit = { ARDOISE_KEK: 'transit', ARDOISE_TRANSIT_URL: 'https://bao:8200', ARDOISE_TRANSIT_TOKEN: 'hvs.x' };
    expect(readConfig({ ...transit, ARDOISE_TRANSIT_NAMESPACE: 'schools' }).keyEncryption).toEqual({
      kind: 'transit',
      url: 'https://bao:8200',
      key: 'ardoise',
      token: 'hvs.x',
      namespace: 'schools',
    });
    const pin = join(mkdtempSync(join(tmpdir(), 'config-')), 'pin');
    writeFileSync(pin, '4711\n');
    const pkcs11 = { ARDOISE_KEK: 'pkcs11', ARDOISE_PKCS11_MODULE: '/m.so', ARDOISE_PKCS11_TOKEN: 'slate' };
    expect(readConfig({ ...pkcs11, ARDOISE_PKCS11_PIN_FILE: pin, ARDOISE_PKCS11_KEY: 'kek' }).keyEncryption).toEqual({
      kind: 'pkcs11',
      module: '/m.so',
      token: 'slate',
      pin: '4711',
      key: 'kek',
    });
  });

  it('never shows a pin or a token', () => {
    const transit = { ARDOISE_KEK: 'transit', ARDOISE_TRANSIT_URL: 'no url', ARDOISE_TRANSIT_TOKEN: 'hvs.secret' };
    expect(() => readConfig(transit)).toThrow(expect.not.stringContaining('hvs.secret'));
  });
});

/** A file with a certificate of an authority. */
function authority(): string {
  const file = join(mkdtempSync(join(tmpdir(), 'config-')), 'ca.crt');
  writeFileSync(file, rootCertificates[0]!);
  return file;
}
