import { parseTrustPolicy } from '@ardoise/ledger';
import { sample } from '../spec-support/sample';
import { verify } from './verification';

describe('verifying', () => {
  it('finds nothing wrong with a history as it should be', async () => {
    const history = await sample();
    const text = history.policy();
    const result = await verify(history.files(), { policy: { text, trust: parseTrustPolicy(text) } });
    expect(result.checks.filter(({ state }) => state !== 'passed')).toEqual([]);
    expect(result.verdict).toBe('verified');
    console.log(JSON.stringify(result, null, 1));
  });
});
