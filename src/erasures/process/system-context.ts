import type { CommandContext } from '@ardoise/decider';

/** Who records the steps of an erasure. */
export function systemContext(organisation: string, commandId: string): CommandContext {
  return { organisation, commandId, service: 'erasure', source: 'system' };
}
