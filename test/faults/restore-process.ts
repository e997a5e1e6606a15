import { restoreSite, type Site } from '../support/backups';

/** What a restoring process is told: where, from what, and after which step it dies. */
export interface RestoreTask {
  readonly site: Site;
  readonly from: string;
  readonly dieAfter?: string;
}

const { site, from, dieAfter } = JSON.parse(process.argv[2] ?? '{}') as RestoreTask;

const steps = {
  done(step: string): void {
    if (step === dieAfter) process.kill(process.pid, 'SIGKILL');
  },
};

restoreSite(site, [from], undefined, steps).then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exit(1);
  },
);
