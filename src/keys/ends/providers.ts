import { DayEnding } from './days/day-ending';
import { DayEnds } from './days/day-ends';
import { EndsSchedule } from './ends.schedule';
import { KeptEnding } from './kept/kept-ending';
import { KeptEnds } from './kept/kept-ends';
import { OrganisationEnding } from './organisation/organisation-ending';
import { OrganisationEnds } from './organisation/organisation-ends';
import { OrganisationTraces } from './organisation/organisation-traces';
import { EndFailures } from './end-failures';
import { endStandings } from './standings';

/** What ends days, units whose date has come, and organisations. */
export const endProviders = [
  EndFailures,
  ...endStandings,
  DayEnds,
  DayEnding,
  KeptEnds,
  KeptEnding,
  OrganisationEnds,
  OrganisationTraces,
  OrganisationEnding,
  EndsSchedule,
];
