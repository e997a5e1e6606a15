/** The first signal asks for an orderly end; a second one ends at once. */
export function onceStopped(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let asked = false;
    const stop = (signal: NodeJS.Signals): void => {
      if (asked) process.exit(130);
      asked = true;
      resolve(signal);
    };
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
  });
}

/** Runs a process to its end: code 0 when it was asked to stop, 1 with the reason on standard error otherwise. */
export function runToEnd(run: Promise<void>): void {
  run.then(
    () => process.exit(0),
    (error: unknown) => {
      process.stderr.write(`Ardoise did not start: ${error instanceof Error ? error.message : String(error)}\n`);
      process.exit(1);
    },
  );
}
