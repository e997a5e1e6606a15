import { fingerprintOf, History, idFor, organisation, organisationStream } from './history';

export const ada = idFor('unit of ada');
export const ben = idFor('unit of ben');
export const loginDay = '2026-03-01';
export const loginUnit = idFor('unit of logins');
export const loginGroup = idFor('group of logins');
export const adaStream = `person-${idFor('person ada')}`;
export const benStream = `person-${idFor('person ben')}`;

/**
 * A small log in which everything happens once: a policy, two persons, an erasure, a day that ends with its receipt.
 * The last event comes long after, so that nothing is still about to end.
 */
export async function sample(): Promise<History> {
  const history = new History();
  history.add({ type: 'organisation-registered', stream: organisationStream, facts: { name: 'Mira' } });
  history.adoptPolicy(1, { profile: 'test', version: 1 });
  history.add({ type: 'person-registered', stream: adaStream, units: [ada] });
  await history.checkpoint();
  history.add({ type: 'person-registered', stream: benStream, units: [ben] });
  history.add({
    type: 'login-recorded',
    stream: `login-${idFor('login')}`,
    facts: { day: loginDay },
    units: [`${loginUnit} ${loginDay}`],
  });
  history.fence([ada]);
  await history.checkpoint();
  const event = history.endDay('technical', loginDay, loginGroup);
  const groups = [
    {
      group: loginGroup,
      fingerprint: fingerprintOf(loginGroup),
      epoch: 1,
      category: 'technical',
      day: loginDay,
      event,
    },
  ];
  history.receipts.push(
    await history.sign({
      type: 'ardoise-day-receipt',
      format: 1,
      organisation,
      category: 'technical',
      day: loginDay,
      groups,
      units: 1,
      destroyedAt: '2026-03-02T09:00:00Z',
      completedAt: '2026-03-02T09:01:00Z',
    }),
  );
  history.wait(86_400);
  history.adoptPolicy(2, { profile: 'test', version: 2 });
  await history.checkpoint();
  return history;
}
