import type { HeaderScan } from '@ardoise/format';
import type { Checks } from './checks';
import { misfitOf, type EventType, type Vocabulary } from './vocabulary';

/** Each event against the declaration of its type. */
export class TypeChecks {
  private readonly known;
  private readonly others;
  private readonly used = new Set<EventType>();

  /**
   * @param own the types that this version knows
   * @param bundled those that only the bundle declares, perhaps of a later version: they are believed, and that is told
   */
  constructor(
    private readonly own: Vocabulary,
    private readonly bundled: Vocabulary,
    private readonly checks: Checks,
  ) {
    this.known = checks.counter('types', 'events');
    this.others = checks.counter('types', "events of the bundle's own types");
  }

  meet(scan: HeaderScan, incarnation: number, leaf: number): EventType | undefined {
    const { type: name, schema } = scan;
    let type = this.own.find(name, schema);
    if (type === undefined) {
      type = this.bundled.find(name, schema);
      if (type === undefined) {
        const detail = `type "${name}" version ${schema} is declared nowhere`;
        this.wrong('type-unknown', detail, scan, incarnation, leaf);
        return undefined;
      }
      this.others.value += 1;
      const why = `type "${name}" version ${schema}: this version does not know it, and held it against the bundle's own vocabulary`;
      this.checks.unchecked('types', why);
    }
    this.known.value += 1;
    this.used.add(type);
    const misfit = misfitOf(type, scan);
    if (misfit) this.wrong(misfit.code, `the event, a "${name}", ${misfit.detail}`, scan, incarnation, leaf);
    return type;
  }

  /** @param declared names and schemas that the bundle declares: all that it uses must be among them */
  finish(declared: ReadonlySet<string>): void {
    for (const { type, schema } of this.used) {
      if (declared.has(`"${type}" version ${schema}`)) continue;
      const detail = `the bundle's vocabulary does not declare "${type}" version ${schema}, and events have it`;
      this.checks.wrong('types', { code: 'type-undeclared', detail });
    }
  }

  private wrong(code: string, detail: string, scan: HeaderScan, incarnation: number, leaf: number): void {
    const event = scan.text(scan.id, scan.id + 32);
    this.checks.wrong('types', { code, detail, incarnation, leaf, event });
  }
}
