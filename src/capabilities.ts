import { attendance } from './attendance/attendance.module';
import { audit } from './audit/audit.module';
import { changes } from './changes/changes.module';
import { cosigning } from './ledger/cosigning/cosigning.module';
import { consents } from './consents/consents.module';
import { courses } from './courses/courses.module';
import { deadLetters } from './dead-letters/dead-letters.module';
import { disclosures } from './disclosures/disclosures.module';
import { documents } from './documents/documents.module';
import { enrolments } from './enrolments/enrolments.module';
import { erasures } from './erasures/erasures.module';
import { evidence } from './evidence/evidence.module';
import { imports } from './imports/imports.module';
import { keys } from './keys/keys.module';
import { learning } from './learning/learning.module';
import { ledger } from './ledger/ledger.module';
import { logins } from './logins/logins.module';
import { mail } from './mail/mail.module';
import { maintenance } from './maintenance/maintenance.module';
import { organisations } from './organisations/organisations.module';
import { overviews } from './overviews/overviews.module';
import { payments } from './payments/payments.module';
import { persons } from './persons/persons.module';
import { sessions } from './sessions/sessions.module';
import { webhooks } from './webhooks/webhooks.module';
import type { Capability } from './platform/capability';

/** What this server can do. A new capability is a folder and a line here. */
export const capabilities: readonly Capability[] = [
  organisations,
  courses,
  sessions,
  persons,
  logins,
  consents,
  enrolments,
  learning,
  attendance,
  evidence,
  documents,
  overviews,
  payments,
  keys,
  ledger,
  erasures,
  disclosures,
  imports,
  audit,
  changes,
  deadLetters,
  webhooks,
  mail,
  maintenance,
  cosigning,
];
