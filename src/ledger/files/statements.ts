import { Injectable } from '@nestjs/common';
import { formatEndingLine, formatKeys, type BundledEnding } from '@ardoise/bundle';
import { canonicalBytes, type Json } from '@ardoise/format';
import { eventShape } from '@ardoise/sealing';
import { formerKeys } from '@ardoise/signing';
import type { EndedEntry } from '@ardoise/vault';
import { GroupReceipts } from '../../keys/queries/group-receipts';
import { Platform } from '../../platform/platform';

const endingsAtOnce = 5_000;
const receiptsAtOnce = 100;
const beforeAll = '0'.repeat(32);
const newline = Buffer.from('\n');

/** What stands beside the trees: who signs, what has ended, which policies and types of events there are. */
@Injectable()
export class Statements {
  constructor(
    private readonly platform: Platform,
    private readonly groupReceipts: GroupReceipts,
  ) {}

  async keys(): Promise<Buffer> {
    const { ledgerKeys, signing, config } = this.platform;
    const receipts = [signing, ...(await formerKeys(config.keysFolder, 'receipts'))];
    return formatKeys({
      ledger: await ledgerKeys.published(),
      receipts: receipts.map(({ id, publicKey }) => ({ id, publicKey })),
    });
  }

  /**
   * What the vault says has ended, units first, each in the order of ids. Whatever is in it was recorded in the log
   * before; whoever looks for it there has to read a checkpoint that is signed afterwards.
   */
  async *endings(organisation: string): AsyncGenerator<Buffer> {
    const { upkeep } = this.platform;
    yield* pages('unit', (after) => upkeep.endedUnits(organisation, after, endingsAtOnce));
    yield* pages('group', (after) => upkeep.endedGroups(organisation, after, endingsAtOnce));
  }

  /** The receipts of days and of the organisation, one a line, canonical (RFC 8785). */
  async *receipts(organisation: string): AsyncGenerator<Buffer> {
    let lines: Buffer[] = [];
    for await (const receipt of this.groupReceipts.of(organisation)) {
      lines.push(canonicalBytes(receipt as unknown as Json), newline);
      if (lines.length < 2 * receiptsAtOnce) continue;
      yield Buffer.concat(lines);
      lines = [];
    }
    if (lines.length > 0) yield Buffer.concat(lines);
  }

  /** The types of events that this server knows, as docs/events.json has them. */
  vocabulary(): Buffer {
    const shapes = this.platform.capabilities.flatMap(({ events }) => events.map(eventShape));
    return Buffer.from(`${JSON.stringify(shapes, null, 2)}\n`, 'utf8');
  }
}

async function* pages(
  kind: BundledEnding['kind'],
  page: (after: string) => Promise<readonly EndedEntry[]>,
): AsyncGenerator<Buffer> {
  for (let after = beforeAll; ;) {
    const entries = await page(after);
    const last = entries.at(-1);
    if (!last) return;
    after = last.id;
    yield Buffer.concat(entries.map((entry) => formatEndingLine({ kind, ...entry })));
  }
}
