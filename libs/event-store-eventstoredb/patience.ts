import { gaveUp } from './errors';

/** What is not there in time is given up, though it may come later. @throws UnavailableError of the client */
export async function inTime<T>(work: Promise<T>, milliseconds: number, otherwise: string): Promise<T> {
  work.catch(() => undefined);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(gaveUp(otherwise)), milliseconds);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
