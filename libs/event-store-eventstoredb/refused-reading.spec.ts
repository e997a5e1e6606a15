import { EventStoreUnavailableError, PositionUnknownError } from '@ardoise/event-store';
import { StreamIdentifier } from '@eventstore/db-client/generated/shared_pb';
import { type ReadReq, ReadResp } from '@eventstore/db-client/generated/streams_pb';
import type { Connection, ReadCall } from './connection';
import { meaningOf, type RefusedReading } from './refused-reading';

const refusal = new Error('2 UNKNOWN: Unexpected FilteredReadAllResult: Error');
const refused: RefusedReading = { organisation: 'mira', at: 300n, before: 200n, position: 599n };

/** An engine that has events at these commit positions, and answers where one of them begins. */
function engine(...commits: number[]): Pick<Connection, 'read'> {
  return {
    read: (request: ReadReq) => {
      const at = request.getOptions()?.getAll()?.getPosition()?.getCommitPosition();
      const from = at === undefined ? 0 : Number(at);
      return Promise.resolve(
        call(from === 0 || commits.includes(from) ? commits.filter((one) => one >= from) : refusal),
      );
    },
  };
}

function call(answer: readonly number[] | Error): ReadCall {
  const cancel = (): void => undefined;
  async function* answers(): AsyncGenerator<ReadResp> {
    if (answer instanceof Error) throw answer;
    for (const commit of answer) yield await Promise.resolve(responseAt(commit));
  }
  return Object.assign(answers(), { cancel }) as unknown as ReadCall;
}

function responseAt(commit: number): ReadResp {
  const name = Buffer.from('mira.person-1').toString('base64');
  const event = new ReadResp.ReadEvent.RecordedEvent()
    .setStreamIdentifier(new StreamIdentifier().setStreamName(name))
    .setCommitPosition(String(commit));
  return new ReadResp().setEvent(new ReadResp.ReadEvent().setEvent(event));
}

describe('a reading that the engine refused', () => {
  it.each([
    ['an event before and one behind, and none there', [100, 200, 400]],
    ['nothing behind', [100, 200]],
    ['nothing at the place that was known before', [100, 250, 400]],
  ])('began where nothing begins, for a log with %s', async (_, commits) => {
    const meaning = await meaningOf(engine(...commits), refused, refusal);
    expect(meaning).toBeInstanceOf(PositionUnknownError);
    expect(meaning.cause).toBe(refusal);
  });

  it('met a disk that could not be read for a moment, where an event begins there', async () => {
    const meaning = await meaningOf(engine(100, 200, 300, 400), refused, refusal);
    expect(meaning).toBeInstanceOf(EventStoreUnavailableError);
  });

  it('says nothing of the log as long as every reading is refused', async () => {
    const away = { read: () => Promise.resolve(call(refusal)) };
    const meaning = await meaningOf(away, refused, refusal);
    expect(meaning).toBeInstanceOf(EventStoreUnavailableError);
  });
});
