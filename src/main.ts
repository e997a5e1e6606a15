import { serve } from './serve';

serve().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`Ardoise did not start: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
