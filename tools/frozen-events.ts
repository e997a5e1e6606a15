import { eventShape, versionName, type EventDeclaration, type Upcaster } from '@ardoise/sealing';
import { canonicalBytes, sha256Hex } from '@ardoise/format';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { freeze, leafOf, type FrozenEvent } from '../libs/testing/frozen-event';

/** A capability, as far as its events go. */
export interface Declaring {
  readonly name: string;
  readonly events: readonly EventDeclaration[];
  readonly upcasters?: readonly Upcaster[];
}

/** One line of the record: a version that was present once, and stays readable for ever. */
interface Recorded {
  readonly version: string;
  /** SHA-256 of the canonical form of its shape. */
  readonly shape: string;
  /** Leaf hash of its frozen event. */
  readonly leaf: string;
}

const recordFile = join('docs', 'event-versions.txt');

/** The frozen versions of event types: a record that only grows, and a file of stored bytes beside each declaration. */
export class FrozenEvents {
  constructor(
    private readonly root: string,
    private readonly capabilities: readonly Declaring[],
  ) {}

  /** Freezes what is new: the present versions that are not on record. Gives their names. */
  async add(): Promise<string[]> {
    const recorded = new Set(this.recorded().map(({ version }) => version));
    const added: Recorded[] = [];
    for (const { name, events } of this.capabilities) {
      for (const declaration of events) {
        const version = versionName(declaration);
        if (recorded.has(version)) continue;
        const frozen = await freeze(declaration);
        const file = join(this.root, fileOf(name, declaration));
        if (existsSync(file)) throw new Error(`${file} is there, and ${version} is not on record in ${recordFile}`);
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, JSON.stringify(frozen, null, 2) + '\n');
        added.push({ version, shape: digestOf(declaration), leaf: leafOf(frozen) });
      }
    }
    const lines = [...this.recorded(), ...added].map(({ version, shape, leaf }) => `${version} ${shape} ${leaf}\n`);
    if (added.length > 0) writeFileSync(join(this.root, recordFile), heading + lines.join(''));
    return added.map(({ version }) => version);
  }

  /** What is wrong, each with what to do about it; none when every version is as it was frozen. */
  complaints(): string[] {
    const recorded = new Map(this.recorded().map((one) => [one.version, one]));
    const declared = new Map(this.declared().map((one) => [versionName(one.declaration), one]));
    const complaints: string[] = [];
    for (const [version, { capability, declaration, present }] of declared) {
      const known = recorded.get(version);
      if (!known) complaints.push(present ? notFrozen(version) : neverPresent(version));
      else if (known.shape !== digestOf(declaration))
        complaints.push(changed(version, declaration, capability, present));
      else complaints.push(...this.fileComplaints(capability, declaration, known));
    }
    for (const version of recorded.keys()) if (!declared.has(version)) complaints.push(gone(version));
    return complaints;
  }

  /** The frozen events of every declared version that has one. */
  all(): readonly { readonly file: string; readonly frozen: FrozenEvent; readonly declaration: EventDeclaration }[] {
    return this.declared().flatMap(({ capability, declaration }) => {
      const file = fileOf(capability, declaration);
      if (!existsSync(join(this.root, file))) return [];
      return [{ file, declaration, frozen: read(join(this.root, file)) }];
    });
  }

  /** Files that no declared version has. */
  strays(): string[] {
    const expected = new Set(this.declared().map(({ capability, declaration }) => fileOf(capability, declaration)));
    const folders = this.capabilities.map(({ name }) => join('src', name, 'domain', 'frozen'));
    const found = folders
      .filter((folder) => existsSync(join(this.root, folder)))
      .flatMap((folder) => readdirSync(join(this.root, folder)).map((file) => join(folder, file)));
    return found.filter((file) => !expected.has(file));
  }

  private fileComplaints(capability: string, declaration: EventDeclaration, { version, leaf }: Recorded): string[] {
    const file = fileOf(capability, declaration);
    if (!existsSync(join(this.root, file))) return [`${version}: ${file} is missing; take it back from the history`];
    return leafOf(read(join(this.root, file))) === leaf
      ? []
      : [`${version}: ${file} is not what was frozen; take it back from the history`];
  }

  private declared(): { capability: string; declaration: EventDeclaration; present: boolean }[] {
    return this.capabilities.flatMap(({ name: capability, events, upcasters = [] }) => [
      ...events.map((declaration) => ({ capability, declaration, present: true })),
      ...upcasters.map(({ from: declaration }) => ({ capability, declaration, present: false })),
    ]);
  }

  private recorded(): Recorded[] {
    const file = join(this.root, recordFile);
    if (!existsSync(file)) return [];
    const lines = readFileSync(file, 'utf8').split('\n');
    return lines
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => {
        const [version = '', shape = '', leaf = ''] = line.split(' ');
        return { version, shape, leaf };
      });
  }
}

const heading = `# Every version of every event type that was ever stored: type/version, SHA-256 of its shape, leaf hash of its frozen event.
# Lines are added by "npm run freeze" and never changed or removed: see CONTRIBUTING.md, "Changing an event".
`;

function notFrozen(version: string): string {
  return `${version} is new: run "npm run freeze", and commit what it writes`;
}

function neverPresent(version: string): string {
  return `${version} has an upcaster and is not on record: its bytes are frozen while it is the present version`;
}

function changed(version: string, { type, schema }: EventDeclaration, capability: string, present: boolean): string {
  if (!present) return `${version}: an earlier version was changed; its shape is what it was when events were stored`;
  return (
    `${version} has another shape than the events that were stored. Put the shape back as version ${schema} into ` +
    `src/${capability}/domain/upcasters.ts, with an upcaster; declare the new shape as version ${schema + 1} of "${type}"; ` +
    'then run "npm run freeze"'
  );
}

function gone(version: string): string {
  return `${version} was stored and cannot be read any more: declare it as it was, with an upcaster to what it is now`;
}

function digestOf(declaration: EventDeclaration): string {
  return sha256Hex(canonicalBytes(eventShape(declaration)));
}

function fileOf(capability: string, { type, schema }: EventDeclaration): string {
  return join('src', capability, 'domain', 'frozen', `${type}.${schema}.json`);
}

function read(file: string): FrozenEvent {
  return JSON.parse(readFileSync(file, 'utf8')) as FrozenEvent;
}
