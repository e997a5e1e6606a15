/**
 * Freezes the versions of event types that are new: their shape's digest in docs/event-versions.txt, and the bytes of one
 * stored event in `domain/frozen/` of their capability. What is frozen already is never touched.
 */
import { resolve } from 'node:path';
import { capabilities } from '../src/capabilities';
import { FrozenEvents } from './frozen-events';

async function main(): Promise<void> {
  const frozen = new FrozenEvents(resolve(__dirname, '..'), capabilities);
  const added = await frozen.add();
  for (const version of added) process.stdout.write(`frozen: ${version}\n`);
  const complaints = frozen.complaints();
  for (const complaint of complaints) process.stderr.write(`${complaint}\n`);
  if (complaints.length > 0) process.exitCode = 1;
}

void main();
