import type { Naming } from '@ardoise/vault';
import { learning } from '../domain/learning';

/** The stream that holds the learning of an enrolment: another than the enrolment's, for it may end at another time. */
export function learningStream(naming: Naming, enrolment: string): string {
  return `${learning.kind}-${naming.id(learning.kind, enrolment)}`;
}
