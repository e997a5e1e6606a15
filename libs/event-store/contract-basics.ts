import { describe, expect, it } from '@jest/globals';
import { leafHash, randomBytes } from '@ardoise/format';
import { MalformedAppendError } from './checked-append';
import { ContractContext, newAppend, newEvent, newOrganisation, newStream, readAll } from './contract-fixtures';

/** Bytes that text, escaping or trimming would not leave alone. */
const oddBytes = [
  Buffer.alloc(0),
  Buffer.from([0]),
  Buffer.from([0, 0xff, 0x5c, 0x78, 0x27, 0x0a, 0, 0]),
  Buffer.from('\\x00 é\u0000"{NULL,}', 'utf8'),
  Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)),
  randomBytes(200_000),
];

export function appendingAndReading(context: ContractContext): void {
  describe('appending and reading', () => {
    it('gives back exactly the bytes it was given, in order, in the stream and in the log', async () => {
      const events = oddBytes.map((bytes, i) =>
        newEvent({ sections: bytes, header: bytes.length > 0 && bytes.length < 65_536 ? bytes : Buffer.from([i]) }),
      );
      const append = newAppend({ events });
      expect(await context.a.append(append)).toEqual({ kind: 'appended', version: 6, position: expect.any(BigInt) });
      for (const stored of [
        await context.b.readStream(append.organisation, append.stream),
        await context.b.readLog(append.organisation, 0n, 100),
      ]) {
        expect(stored.map(({ version }) => version)).toEqual([0, 1, 2, 3, 4, 5]);
        expect(stored.every(({ header }, i) => header.equals((events[i] as { header: Buffer }).header))).toBe(true);
        expect(stored.every(({ sections }, i) => sections.equals(oddBytes[i] as Buffer))).toBe(true);
      }
    });

    it('takes the largest header, and refuses a larger one', async () => {
      const append = newAppend({ events: [newEvent({ header: randomBytes(65_535) })] });
      expect((await context.a.append(append)).kind).toBe('appended');
      const tooLarge = newAppend({ events: [newEvent({ header: randomBytes(65_536) })] });
      await expect(context.a.append(tooLarge)).rejects.toThrow(MalformedAppendError);
    });

    it('refuses what is malformed by name', async () => {
      const malformed = [
        newAppend({ organisation: 'Not-One' }),
        newAppend({ stream: 'enrolment' }),
        newAppend({ expectedVersion: -1 }),
        newAppend({ expectedVersion: 0.5 }),
        newAppend({ events: [] }),
        newAppend({ events: [newEvent({ command: randomBytes(31) })] }),
        newAppend({ events: [newEvent({ header: Buffer.alloc(0) })] }),
      ];
      for (const append of malformed) await expect(context.a.append(append)).rejects.toThrow(MalformedAppendError);
    });

    it('appends only at the expected version', async () => {
      const first = newAppend({ events: [newEvent(), newEvent()] });
      const { organisation, stream } = first;
      const at = (expectedVersion: number) => newAppend({ organisation, stream, expectedVersion });
      expect(await context.a.append(at(1))).toEqual({ kind: 'conflict', version: 0 });
      expect(await context.a.append(first)).toMatchObject({ kind: 'appended', version: 2 });
      for (const wrong of [0, 1, 3]) {
        expect(await context.b.append(at(wrong))).toEqual({ kind: 'conflict', version: 2 });
      }
      expect(await context.b.append(at(2))).toMatchObject({ kind: 'appended', version: 3 });
      expect(await context.a.readStream(organisation, stream, 2)).toHaveLength(1);
    });

    it('appends a repeated command once, whatever version is expected and whatever else comes with it', async () => {
      const append = newAppend({ events: [newEvent(), newEvent()] });
      const [event] = append.events;
      await context.a.append(append);
      const outcome = { kind: 'repeated' };
      expect(await context.a.append(append)).toEqual(outcome);
      expect(await context.b.append({ ...append, expectedVersion: 2 })).toEqual(outcome);
      expect(await context.b.append({ ...append, expectedVersion: 9, events: [newEvent(), event!] })).toEqual(outcome);
      expect(await context.a.readStream(append.organisation, append.stream)).toHaveLength(2);
    });

    it('knows a command by its stream: several events may have one, and so may another stream', async () => {
      const command = randomBytes(32);
      const append = newAppend({ events: [newEvent({ command }), newEvent({ command })] });
      expect(await context.a.append(append)).toMatchObject({ kind: 'appended', version: 2 });
      expect(await context.a.append({ ...append, stream: newStream() })).toMatchObject({ kind: 'appended' });
    });

    it('keeps organisations apart, with positions that grow and a head each', async () => {
      const [one, other] = [newOrganisation(), newOrganisation()];
      const stream = newStream();
      await Promise.all([
        context.a.append(newAppend({ organisation: one, stream })),
        context.b.append(newAppend({ organisation: other, stream })),
        context.a.append(newAppend({ organisation: one, events: [newEvent(), newEvent(), newEvent()] })),
      ]);
      const log = await readAll(context.b, one, 2);
      expect(log).toHaveLength(4);
      expect(log.every(({ organisation }) => organisation === one)).toBe(true);
      expect(log.every(({ position }, i) => i === 0 || position > log[i - 1]!.position)).toBe(true);
      expect(await context.a.head(one)).toBe(log.at(-1)!.position);
      expect(await readAll(context.a, other)).toHaveLength(1);
      const organisations = await context.a.organisations();
      expect(organisations).toEqual([...organisations].sort());
      expect(organisations).toEqual(expect.arrayContaining([one, other]));
    });

    it('gives the leaf of each header, in order and in pieces, and nothing of other organisations', async () => {
      const events = Array.from({ length: 5 }, () => newEvent());
      const append = newAppend({ events });
      const { organisation } = append;
      await Promise.all([context.a.append(append), context.a.append(newAppend())]);
      await context.b.append(newAppend({ organisation }));
      const log = await readAll(context.b, organisation);
      const expected = log.map(({ position, header }) => ({ position, leaf: leafHash(header) }));
      expect(await context.b.readLeaves(organisation, 0n, 100)).toEqual(expected);
      expect(await context.b.readLeaves(organisation, 0n, 2)).toEqual(expected.slice(0, 2));
      expect(await context.b.readLeaves(organisation, log[1]!.position, 3)).toEqual(expected.slice(2, 5));
      expect(await context.b.readLeaves(organisation, log[5]!.position, 3)).toEqual([]);
      expect(await context.a.readLeaves(newOrganisation(), 0n, 3)).toEqual([]);
    });

    it('has nothing of an unknown stream or organisation, nor of one whose only append was refused', async () => {
      const { organisation, stream } = newAppend();
      await context.a.append(newAppend({ organisation, stream, expectedVersion: 3 }));
      expect(await context.a.readStream(organisation, stream)).toEqual([]);
      expect(await context.a.readLog(organisation, 0n, 10)).toEqual([]);
      expect(await context.a.head(organisation)).toBe(0n);
      expect(await context.a.organisations()).not.toContain(organisation);
    });

    it('gives each of many appends made at once its own outcome', async () => {
      const { organisation, stream } = newAppend();
      const repeated = newAppend({ organisation });
      await context.a.append(repeated);
      const outcomes = await Promise.all([
        context.a.append(newAppend({ organisation, stream })),
        context.a.append(newAppend({ organisation, expectedVersion: 7 })),
        context.a.append(repeated),
        context.a.append(newAppend({ organisation, stream, expectedVersion: 1 })),
        context.a.append(newAppend({ organisation, events: [newEvent(), newEvent()] })),
      ]);
      expect(outcomes.map(({ kind }) => kind)).toEqual(['appended', 'conflict', 'repeated', 'appended', 'appended']);
      const log = await readAll(context.b, organisation);
      expect(log).toHaveLength(5);
      for (const outcome of outcomes) {
        if (outcome.kind !== 'appended') continue;
        const last = log.find(({ position }) => position === outcome.position);
        expect(last?.version).toBe(outcome.version - 1);
      }
    });
  });
}
