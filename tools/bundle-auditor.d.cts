import type { Metafile } from 'esbuild';

/** Writes the auditor's one file; gives what went into it. Refuses frameworks, databases and native code. */
export function bundleAuditor(outfile: string): Promise<Metafile>;
