import { Reactions } from './reactions';

describe('Reactions', () => {
  it('are set back last, so that what they hand on to processes at once is kept', async () => {
    const inbox = new Set(['of the log that was lost']);
    const processes = { running: () => ({ setBack: () => Promise.resolve(inbox.clear()) }) };
    const followers = { setBack: () => Promise.resolve() };
    const parts = [{}, {}, {}, followers, processes] as unknown as ConstructorParameters<typeof Reactions>;
    const reactions = new Reactions(...parts);
    const handedOn = () => Promise.resolve(inbox.add('of the log that is there'));
    jest.spyOn(reactions, 'running').mockReturnValue({ setBack: handedOn } as never);
    await reactions.setBack('mira', 4n);
    expect([...inbox]).toEqual(['of the log that is there']);
  });
});
