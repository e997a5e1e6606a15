import { Duration } from 'luxon';
import type { Policy } from './policy';

/** Something that the controller should decide or know, with which the profile still works. */
export interface PolicyWarning {
  readonly code: 'accounting-below-ten-years' | 'balance-missing' | 'contact-missing' | 'effective-date-missing';
  readonly organisation: string;
  readonly path: string;
  readonly message: string;
}

const legalMonths = 120;

/** The warnings of a profile that loaded. Never an obstacle: the controller decides, and answers for it. */
export function warningsOf(policy: Policy): PolicyWarning[] {
  const { organisation, accounting, purposes, controller } = policy;
  const warnings: PolicyWarning[] = [];
  const warn = (code: PolicyWarning['code'], path: string, message: string) =>
    warnings.push({ code, organisation, path, message });

  // MON-17: seven years is what the organisation published; the law says ten.
  if (Duration.fromISO(accounting.period).as('months') < legalMonths) {
    const message = `${accounting.period} is below the ten years of the Code de commerce, L.123-22; the controller decides`;
    warn('accounting-below-ten-years', 'accounting.period', message);
  }
  for (const [id, { bases, balance }] of Object.entries(purposes)) {
    if (Object.values(bases).includes('legitimate-interest') && balance === undefined) {
      warn('balance-missing', `purposes.${id}.balance`, 'rests on a legitimate interest without a recorded balance');
    }
  }
  if (controller.email === undefined && controller.officer?.email === undefined) {
    warn('contact-missing', 'controller.email', 'no electronic address to which a person can send a request');
  }
  if (policy.policy.effective === undefined) {
    warn('effective-date-missing', 'policy.effective', 'the published policy gives no day from which it applies');
  }
  return warnings;
}
