import { invalid, Refusal } from '@ardoise/decider';
import type { Policy } from '@ardoise/policy';

/** Stands for every type of event. */
export const everyType = '*';

/** What a receiver is told, and as whom. */
export interface Terms {
  /** Types of events; `*` for all. */
  readonly types: readonly string[];
  /** The role of the organisation's policy that the subscription's owner has; only where content is asked for. */
  readonly role?: string;
  /** Categories of which sealed sections are opened for the receiver. None: it is told headers only. */
  readonly categories: readonly string[];
}

/** The owner of a subscription may not see what it asks for. */
export class CategoriesNotAllowedError extends Error {
  override readonly name = 'CategoriesNotAllowedError';
  readonly code = 'categories-not-allowed';

  constructor(
    message: string,
    readonly at: string,
  ) {
    super(message);
  }
}

/**
 * @param known types of events that there are
 * @throws Refusal `event-type-unknown`, `role-missing`, `role-unknown`
 * @throws CategoriesNotAllowedError for a category that the role does not read, or a role that does not see everybody
 */
export function checkTerms({ types, role, categories }: Terms, policy: Policy, known: ReadonlySet<string>): void {
  if (types.length === 0) throw invalid('event-types-missing', 'at least one type of event, or "*" for all', '/types');
  const unknown = types.findIndex((type) => type !== everyType && !known.has(type));
  if (unknown !== -1) throw invalid('event-type-unknown', 'must be a type of event, or "*"', `/types/${unknown}`);
  if (role === undefined) {
    if (categories.length === 0) return;
    throw invalid('role-missing', 'content is told to a role of the policy; name the one that the owner has', '/role');
  }
  const rule = Object.hasOwn(policy.roles, role) ? policy.roles[role] : undefined;
  if (!rule) {
    const roles = Object.keys(policy.roles).join(', ');
    throw new Refusal('invalid', 'role-unknown', `must be a role of the policy: ${roles}`, '/role');
  }
  const hidden = categories.findIndex((category) => !allowedTo(rule, category));
  if (hidden === -1) return;
  if (rule.scope !== 'organisation') {
    const why = `the role sees "${rule.scope}" only, and a webhook tells of everybody: ask for no categories`;
    throw new CategoriesNotAllowedError(why, '/role');
  }
  const reads = `by the policy of the organisation this role reads ${rule.reads.join(', ')}`;
  throw new CategoriesNotAllowedError(reads, `/categories/${hidden}`);
}

/** The categories that may be opened by the policy as it is now: it may have become narrower since. */
export function allowedCategories({ role, categories }: Terms, policy: Policy | undefined): ReadonlySet<string> {
  const rule = role !== undefined && policy && Object.hasOwn(policy.roles, role) ? policy.roles[role] : undefined;
  return new Set(rule ? categories.filter((category) => allowedTo(rule, category)) : []);
}

/** Whether the terms want an event of a type. */
export function wants({ types }: Pick<Terms, 'types'>, type: string): boolean {
  return types.includes(everyType) || types.includes(type);
}

function allowedTo({ scope, reads }: Policy['roles'][string], category: string): boolean {
  return scope === 'organisation' && (reads as readonly string[]).includes(category);
}
