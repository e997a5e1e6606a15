import { ConfigError, type Environment } from './environment';

export interface TimestampConfig {
  /** Address of an authority that answers RFC 3161 over HTTP. */
  readonly url: string;
  /** Path of a PEM file of the certificates that its answers must lead to; absent: kept without asking whose they are. */
  readonly trustFile?: string;
}

/** Absent: checkpoints are not stamped. @throws ConfigError */
export function timestampsOf(environment: Environment): TimestampConfig | undefined {
  const url = environment.ARDOISE_TIMESTAMP_URL;
  const trustFile = environment.ARDOISE_TIMESTAMP_TRUST_FILE;
  if (!url) {
    if (!trustFile) return undefined;
    throw new ConfigError('ARDOISE_TIMESTAMP_TRUST_FILE is set, and ARDOISE_TIMESTAMP_URL is not; set both or neither');
  }
  // In clear is as good: only a digest goes there, and what comes back is signed.
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new ConfigError('ARDOISE_TIMESTAMP_URL must be an http or https address such as https://tsa.example/tsr');
  }
  return { url, ...(trustFile ? { trustFile } : {}) };
}
