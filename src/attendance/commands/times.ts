import type { PresenceValues } from '../domain/presence';

/** The times of a request as the log writes them: UTC, milliseconds. */
export function timesOf<T extends Partial<PresenceValues>>({ arrivedAt, leftAt, halfDay }: T) {
  return {
    ...(arrivedAt === undefined ? {} : { arrivedAt: new Date(arrivedAt).toISOString() }),
    ...(leftAt === undefined ? {} : { leftAt: new Date(leftAt).toISOString() }),
    ...(halfDay === undefined ? {} : { halfDay }),
  } as Pick<T, keyof T & keyof PresenceValues>;
}
