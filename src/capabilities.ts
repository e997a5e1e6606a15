import { audit } from './audit/audit.module';
import { consents } from './consents/consents.module';
import { courses } from './courses/courses.module';
import { enrolments } from './enrolments/enrolments.module';
import { erasures } from './erasures/erasures.module';
import { logins } from './logins/logins.module';
import { organisations } from './organisations/organisations.module';
import { persons } from './persons/persons.module';
import type { Capability } from './platform/capability';
import { sessions } from './sessions/sessions.module';

/** What this server can do. A new capability is a folder and a line here. */
export const capabilities: readonly Capability[] = [
  organisations,
  courses,
  persons,
  sessions,
  enrolments,
  logins,
  consents,
  erasures,
  audit,
];
