import { canonicalJson, type Json } from '@ardoise/format';
import type { AnyEvent, AnyOpened, EventDeclaration } from './declaration';
import type { EventRegistry, EventVersion } from './registry';
import { upcastEvent } from './upcasting';

/** Which versions every server that lives can read. */
export interface VersionsInUse {
  mayBeWritten(version: EventVersion): boolean;
}

/** Where there is one process: what it knows. */
export const everyVersion: VersionsInUse = { mayBeWritten: () => true };

/** What is to be recorded can only be said in a version that a living server does not know yet. Nothing was recorded. */
export class UpgradeUnderWayError extends Error {
  override readonly name = 'UpgradeUnderWayError';
  readonly code = 'upgrade-under-way';

  constructor(
    readonly type: string,
    readonly schema: number,
  ) {
    super(
      `this needs version ${schema} of "${type}", which a server that is still running does not know; ` +
        'it can be repeated as it is once every server has been upgraded',
    );
  }
}

/** An event as it is written: in the latest version that may be. */
export interface EventToWrite {
  readonly declaration: EventDeclaration;
  readonly event: AnyEvent;
}

/**
 * The latest version in which an event may be written and says all that it says: an earlier one is taken only if it
 * reads back as the very same event. @throws DeclarationError, UpgradeUnderWayError
 */
export function versionToWrite(registry: EventRegistry, inUse: VersionsInUse, event: AnyEvent): EventToWrite {
  const declaration = registry.toWrite(event.type);
  if (inUse.mayBeWritten(declaration)) return { declaration, event };
  const earlier = sayEarlier(registry, inUse, { declaration, event });
  if (earlier && readsBack(registry, earlier, event)) return earlier;
  throw new UpgradeUnderWayError(declaration.type, declaration.schema);
}

function sayEarlier(registry: EventRegistry, inUse: VersionsInUse, said: EventToWrite): EventToWrite | undefined {
  for (const upcaster of registry.upcastersTo(said.declaration)) {
    const event = upcaster.sayEarlier?.(said.event);
    if (!event) continue;
    const earlier = { declaration: upcaster.from, event };
    if (inUse.mayBeWritten(upcaster.from)) return earlier;
    const further = sayEarlier(registry, inUse, earlier);
    if (further) return further;
  }
  return undefined;
}

function readsBack(registry: EventRegistry, { declaration, event }: EventToWrite, meant: AnyEvent): boolean {
  const { type, schema } = declaration;
  const asStored = { id: '', ...event, type, schema, closed: [] } as unknown as AnyOpened;
  const [read, ...more] = upcastEvent(registry, asStored);
  return read !== undefined && more.length === 0 && said(read) === said(meant);
}

function said({ type, facts, sections }: Pick<AnyOpened, 'type' | 'facts'> & { readonly sections: object }): string {
  return canonicalJson({ type, facts, sections } as unknown as Json);
}
