import { ConfigError, type Environment, secret } from './environment';

export interface MailConfig {
  /** `smtps://user:password@host:465`, or `smtp://…` with STARTTLS; in clear on this machine only. */
  readonly url: string;
  /** Address that messages come from. */
  readonly from: string;
}

/** Absent: nothing is mailed. @throws ConfigError that never quotes the address of the server, which may hold a password */
export function mailOf(environment: Environment): MailConfig | undefined {
  const url = secret(environment, 'ARDOISE_MAIL_URL');
  const from = environment.ARDOISE_MAIL_FROM || undefined;
  if (url === undefined && from === undefined) return undefined;
  if (url === undefined || from === undefined) {
    throw new ConfigError('ARDOISE_MAIL_URL and ARDOISE_MAIL_FROM go together; set both or neither');
  }
  if (!URL.canParse(url) || !/^smtps?:\/\/[^/]/.test(url) || new URL(url).hostname === '') {
    throw new ConfigError(
      'ARDOISE_MAIL_URL must be such as smtps://user:password@mail.example.org:465 or smtp://host:587',
    );
  }
  if (!/^[^\s@,;:<>"()]+@[^\s@,;:<>"()]+$/.test(from)) {
    throw new ConfigError(`ARDOISE_MAIL_FROM is "${from}"; it takes an address such as formation@example.org`);
  }
  return { url, from };
}
