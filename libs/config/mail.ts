import { ConfigError, type Environment, secret } from './environment';

/** Address that messages come from, and where they go. */
export type MailConfig = { readonly from: string } & (
  | {
      /** `smtps://user:password@host:465`, or `smtp://…` with STARTTLS; in clear on this machine only. */
      readonly url: string;
    }
  | {
      /** Absolute path of the folder that they are written into, in the place of a server. */
      readonly folder: string;
    }
);

const together = 'ARDOISE_MAIL_FROM goes with ARDOISE_MAIL_URL, or with ARDOISE_MAIL_FOLDER where there is no server';

/**
 * Absent: nothing is mailed. @param absolute makes a path absolute
 * @throws ConfigError that never quotes the address of the server, which may hold a password
 */
export function mailOf(environment: Environment, absolute: (path: string) => string): MailConfig | undefined {
  const url = secret(environment, 'ARDOISE_MAIL_URL');
  const folder = environment.ARDOISE_MAIL_FOLDER || undefined;
  const from = environment.ARDOISE_MAIL_FROM || undefined;
  if (url !== undefined && folder !== undefined) {
    throw new ConfigError('ARDOISE_MAIL_URL and ARDOISE_MAIL_FOLDER are both set; set one of them');
  }
  if (url === undefined && folder === undefined) {
    if (from === undefined) return undefined;
    throw new ConfigError(`${together}; set two or none`);
  }
  if (from === undefined) throw new ConfigError(`${together}; set ARDOISE_MAIL_FROM too`);
  if (url !== undefined) checkUrl(url);
  if (!/^[^\s@,;:<>"()]+@[^\s@,;:<>"()]+$/.test(from)) {
    throw new ConfigError(`ARDOISE_MAIL_FROM is "${from}"; it takes an address such as formation@example.org`);
  }
  return url === undefined ? { from, folder: absolute(folder as string) } : { from, url };
}

function checkUrl(url: string): void {
  if (URL.canParse(url) && /^smtps?:\/\/[^/]/.test(url) && new URL(url).hostname !== '') return;
  throw new ConfigError(
    'ARDOISE_MAIL_URL must be such as smtps://user:password@mail.example.org:465 or smtp://host:587',
  );
}
