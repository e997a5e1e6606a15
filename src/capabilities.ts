import { audit } from './audit/audit.module';
import { consents } from './consents/consents.module';
import { courses } from './courses/courses.module';
import { erasures } from './erasures/erasures.module';
import { logins } from './logins/logins.module';
import { organisations } from './organisations/organisations.module';
import { payments } from './payments/payments.module';
import { persons } from './persons/persons.module';
import type { Capability } from './platform/capability';

/** What this server can do. A new capability is a folder and a line here. */
export const capabilities: readonly Capability[] = [
  organisations,
  courses,
  persons,
  logins,
  consents,
  payments,
  erasures,
  audit,
];
