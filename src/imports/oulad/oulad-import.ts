import { Inject, Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { Config } from '@ardoise/config';
import type { Vault } from '@ardoise/vault';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { OrganisationDirectory } from '../../organisations/queries/organisation-directory';
import { CONFIG, VAULT } from '../../platform/tokens';
import { LearnerRecording } from './learner-recording';
import { readPlan, type Plan, type Presentation } from './plan';
import { Recording, type RecordedPresentation } from './recording';
import { attempt, type Refused } from './refusal';
import { Accounts, type ImportReport } from './report';

export interface ImportProgress {
  readonly phase: 'reading' | 'recording';
  /** Rows of which it is known what became of them. */
  readonly done: number;
  /** Rows read. */
  readonly total: number;
}

export interface ImportOptions {
  readonly organisation: string;
  /** Folder with the files of the data set, packed by gzip or plain. */
  readonly path: string;
  /** Where refused rows are written, one a line; in the data folder where nothing is said. */
  readonly reportFile?: string;
  readonly onProgress?: (progress: ImportProgress) => void;
  readonly signal?: AbortSignal;
}

/** Learners that are recorded at the same time; what they append is gathered by the log. */
const lanes = 64;
const progressEvery = 50;

/**
 * Takes the Open University Learning Analytics Dataset over into an organisation, through the same commands as the API.
 * It can be stopped at any moment and run again: same end state, nothing twice. See docs/import-oulad.md.
 */
@Injectable()
export class OuladImport {
  constructor(
    private readonly commands: CommandBus,
    private readonly organisations: OrganisationDirectory,
    @Inject(VAULT) private readonly vault: Vault,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /**
   * @throws Refusal `organisation-not-found`; ImportError when the folder cannot be read, or `import-interrupted` when
   * the database goes away; the signal's reason
   */
  async run(options: ImportOptions): Promise<ImportReport> {
    const { organisation, path, signal } = options;
    const begun = performance.now();
    const policy = this.organisations.policy(organisation);
    const accounts = new Accounts();
    const plan = await readPlan(path, accounts, signal);
    this.tell(options, 'reading', accounts);
    const naming = await this.vault.naming(organisation);
    const recording = new Recording(this.commands, organisation, policy, naming);
    const presentations = await recordPresentations(recording, plan, accounts);
    const learners = new LearnerRecording(recording, policy, presentations, accounts);
    await this.recordLearners(plan, learners, accounts, options);
    const reportFile = options.reportFile ?? join(this.config.dataFolder, 'imports', `oulad-${organisation}.ndjson`);
    const milliseconds = Math.round(performance.now() - begun);
    const report = accounts.report({ organisation, milliseconds, reportFile });
    await writeReport(report, accounts);
    this.tell(options, 'recording', accounts);
    return report;
  }

  private async recordLearners(
    { learners }: Plan,
    recording: LearnerRecording,
    accounts: Accounts,
    options: ImportOptions,
  ): Promise<void> {
    let next = 0;
    let failed = false;
    const lane = async (): Promise<void> => {
      for (let learner = learners[next++]; learner && !failed; learner = learners[next++]) {
        options.signal?.throwIfAborted();
        await recording.record(learner);
        if (next % progressEvery === 0) this.tell(options, 'recording', accounts);
      }
    };
    // Each lane ends its learner before the import ends, so that nothing goes on behind a failure.
    const stopping = (error: unknown): never => {
      failed = true;
      throw error;
    };
    const ends = await Promise.allSettled(Array.from({ length: lanes }, () => lane().catch(stopping)));
    const broken = ends.find((end) => end.status === 'rejected');
    if (broken) throw broken.reason;
  }

  private tell({ onProgress }: ImportOptions, phase: ImportProgress['phase'], accounts: Accounts): void {
    onProgress?.({ phase, done: accounts.settled(), total: accounts.rows() });
  }
}

async function recordPresentations(
  recording: Recording,
  plan: Plan,
  accounts: Accounts,
): Promise<Map<string, RecordedPresentation | Refused>> {
  const recorded = new Map<string, RecordedPresentation | Refused>();
  for (const presentation of plan.presentations) {
    const outcome = await attempt(() => recording.presentation(presentation));
    accountFor(presentation, 'reason' in outcome ? outcome : undefined, accounts);
    recorded.set(presentation.name, 'reason' in outcome ? outcome : outcome.value);
  }
  return recorded;
}

function accountFor({ line, assessments }: Presentation, refused: Refused | undefined, accounts: Accounts): void {
  if (!refused) {
    accounts.take('course');
    assessments.forEach(() => accounts.take('assessment'));
    return;
  }
  const { reason, detail } = refused;
  accounts.refuse('course', line, reason, detail);
  assessments.forEach((assessment) => accounts.refuse('assessment', assessment.line, reason, detail));
}

/** The report first, then a line for each refused row; the file is there whole or as it was. */
async function writeReport(report: ImportReport, { refusedRows }: Accounts): Promise<void> {
  const lines = [report, ...refusedRows].map((line) => `${JSON.stringify(line)}\n`);
  await mkdir(dirname(report.reportFile), { recursive: true });
  const draft = `${report.reportFile}.draft`;
  await writeFile(draft, lines.join(''));
  await rename(draft, report.reportFile);
}
