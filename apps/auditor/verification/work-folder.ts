import {
  closeSync,
  fsyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ContentError } from './content';

/** A tree, in a form that JSON can hold. */
export interface TreeText {
  readonly incarnation: number;
  readonly origin: string;
  readonly size: number;
  /** Base64. */
  readonly root: string;
}

/** How far a verification came, with all that goes on from there. */
export interface Saved {
  readonly format: 1;
  /** What is verified, and with what: work on something else is not gone on with. */
  readonly subject: string;
  /** Chosen at random; decides which record goes to which file. */
  readonly secret: number;
  readonly incarnation: number;
  readonly leaf: number;
  /** Seconds since 1970; absent before the first event. */
  readonly clock?: number;
  readonly streams: readonly number[];
  readonly units: readonly number[];
  readonly words: number;
  readonly vault: boolean;
  readonly trees: readonly TreeText[];
  readonly checks: unknown;
  readonly days: unknown;
  readonly policies: unknown;
}

/** Where records are spread while a bundle is verified: a temporary folder, or one beside a file to go on from later. */
export class WorkFolder {
  private constructor(
    readonly path: string,
    private readonly file?: string,
  ) {}

  static temporary(): WorkFolder {
    return new WorkFolder(mkdtempSync(join(tmpdir(), 'ardoise-audit-')));
  }

  /** @param file what is written so that the next run can go on from there */
  static resumable(file: string): WorkFolder {
    mkdirSync(`${file}.work`, { recursive: true, mode: 0o700 });
    return new WorkFolder(`${file}.work`, file);
  }

  get isResumable(): boolean {
    return this.file !== undefined;
  }

  /** @throws ContentError `resume-malformed`, `resume-of-another` */
  saved(subject: string): Saved | undefined {
    const text = this.file === undefined ? undefined : readIfThere(this.file);
    if (text === undefined) return undefined;
    const saved = savedIn(text);
    if (saved.subject === subject) return saved;
    throw new ContentError('resume-of-another', 'the file to go on from is of another bundle, or of other options');
  }

  /** Durable before it takes the place of what was there. */
  save(saved: Saved): void {
    if (this.file === undefined) return;
    const draft = `${this.file}.part`;
    const opened = openSync(draft, 'w', 0o600);
    writeSync(opened, JSON.stringify(saved));
    fsyncSync(opened);
    closeSync(opened);
    renameSync(draft, this.file);
  }

  /** @param keep whether a later run is to go on from here */
  close(keep: boolean): void {
    if (keep && this.file !== undefined) return;
    rmSync(this.path, { recursive: true, force: true });
    if (this.file !== undefined) rmSync(this.file, { force: true });
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function savedIn(text: string): Saved {
  try {
    const saved = JSON.parse(text) as Saved;
    if (saved.format === 1 && typeof saved.subject === 'string') return saved;
  } catch {
    // said below
  }
  throw new ContentError('resume-malformed', 'the file to go on from was not written by this command');
}
