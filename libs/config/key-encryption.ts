import { choice, ConfigError, type Environment, secret } from './environment';

/** A PKCS#11 token. The pin is in here: it is never logged. */
export interface Pkcs11Config {
  readonly kind: 'pkcs11';
  /** Path of the module. */
  readonly module: string;
  /** Label of the token. */
  readonly token: string;
  readonly pin: string;
  /** What the labels of the keys begin with. */
  readonly key: string;
}

/** Where key-encryption keys are. Pins and tokens are in here: it is never logged. */
export type KeyEncryptionConfig =
  | { readonly kind: 'file' }
  | Pkcs11Config
  | {
      readonly kind: 'transit';
      readonly url: string;
      /** Name of the key in the engine. */
      readonly key: string;
      readonly token: string;
      readonly namespace?: string;
    };

const kinds = ['file', 'pkcs11', 'transit'] as const;

/** @throws ConfigError */
export function keyEncryptionOf(environment: Environment): KeyEncryptionConfig {
  const kind = choice(environment, 'ARDOISE_KEK', kinds, 'file');
  const must = needed(`ARDOISE_KEK=${kind}`);
  switch (kind) {
    case 'file':
      return { kind };
    case 'pkcs11':
      return pkcs11Of(environment, `ARDOISE_KEK=${kind}`);
    case 'transit': {
      const url = urlOf(must('ARDOISE_TRANSIT_URL', environment.ARDOISE_TRANSIT_URL, 'the address of the service'));
      const token = secret(environment, 'ARDOISE_TRANSIT_TOKEN');
      const namespace = environment.ARDOISE_TRANSIT_NAMESPACE;
      return {
        kind,
        url,
        key: nameOf('ARDOISE_TRANSIT_KEY', environment.ARDOISE_TRANSIT_KEY),
        token: must('ARDOISE_TRANSIT_TOKEN', token, 'a token of the service, or a file of it'),
        ...(namespace ? { namespace } : {}),
      };
    }
  }
}

/** The token that a setting asks for. @throws ConfigError */
export function pkcs11Of(environment: Environment, setting: string): Pkcs11Config {
  const must = needed(setting);
  return {
    kind: 'pkcs11',
    module: must('ARDOISE_PKCS11_MODULE', environment.ARDOISE_PKCS11_MODULE, "the path of the token's module"),
    token: must('ARDOISE_PKCS11_TOKEN', environment.ARDOISE_PKCS11_TOKEN, 'the label of the token'),
    pin: must('ARDOISE_PKCS11_PIN', secret(environment, 'ARDOISE_PKCS11_PIN'), "the user's pin, or a file of it"),
    key: nameOf('ARDOISE_PKCS11_KEY', environment.ARDOISE_PKCS11_KEY),
  };
}

function needed(setting: string) {
  return (name: string, value: string | undefined, what: string): string => {
    if (value !== undefined && value !== '') return value;
    throw new ConfigError(`${name} is not set; with ${setting} it takes ${what}`);
  };
}

function nameOf(variable: string, value: string | undefined): string {
  const name = value || 'ardoise';
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,60}$/.test(name)) return name;
  throw new ConfigError(`${variable} is "${name}"; it takes up to 61 letters, digits, dots, hyphens and underscores`);
}

const loopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** Group keys and the token go over this line: in clear only within the machine. */
function urlOf(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new ConfigError('ARDOISE_TRANSIT_URL must be an http or https address such as https://openbao.example:8200');
  }
  const { protocol, hostname } = new URL(text);
  if (protocol === 'http:' && !loopback.test(hostname)) {
    throw new ConfigError(`ARDOISE_TRANSIT_URL must be https, except on this machine; the host is ${hostname}`);
  }
  return text;
}
