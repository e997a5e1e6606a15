import { parseTrustPolicy } from '@ardoise/ledger';
import { History, idFor, organisationStream } from '../spec-support/history';
import { MemoryFiles } from '../spec-support/memory-files';
import { checkProof, type ProofTrust } from './check-proof';
import { proveEvent } from './prove';

const registered = { type: 'organisation-registered', stream: organisationStream, facts: { name: 'Mira' } };

async function proofOf(history: History, leaf: number): Promise<{ text: string; trust: ProofTrust }> {
  await history.checkpoint();
  const { text } = await proveEvent(new MemoryFiles(history.files().files), `${leaf}`);
  return { text, trust: { policy: parseTrustPolicy(history.policy()) } };
}

describe('a proof that was handed to somebody', () => {
  it('is verified with what it says of the event, in part without a policy', async () => {
    const history = new History();
    history.add(registered);
    const id = history.add({ ...registered, stream: `course-${idFor('x')}`, type: 'course-created' });
    const { text, trust } = await proofOf(history, 1);
    expect(checkProof(text, trust)).toMatchObject({ verdict: 'verified', leaf: 1, event: { id } });
    expect(checkProof(text, {})).toMatchObject({ verdict: 'in-part' });
  });

  it('is refused when its event, its path or its checkpoint was altered', async () => {
    const history = new History();
    for (let count = 0; count < 3; count++) history.add(registered);
    const { text, trust } = await proofOf(history, 2);
    for (const altered of [text.replace('index 2', 'index 1'), text.replace('\n3\n', '\n4\n'), text.slice(0, -5)]) {
      expect(altered).not.toBe(text);
      expect(checkProof(altered, trust)).toMatchObject({ verdict: 'refused' });
    }
  });

  it('is refused when the event is of another organisation than the ledger', async () => {
    const history = new History();
    history.add(registered);
    history.add({ ...registered, organisation: 'parene' });
    const { text, trust } = await proofOf(history, 1);
    expect(checkProof(text, trust)).toMatchObject({ verdict: 'refused', wrong: { code: 'organisation-differs' } });
  });
});
