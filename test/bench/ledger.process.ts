import { startBenchSequencer } from './sequencer';

/** A sequencer in a process of its own, so that its processor time is its own: started by one message, ended by another. */
process.on('message', (message: { url: string; organisation: string } | 'stop') => {
  if (message === 'stop') {
    void running.then(({ stop }) => stop()).then(() => process.exit(0));
    return;
  }
  running = startBenchSequencer(message.url, message.organisation);
  void running.then(() => process.send?.('ready'));
});

let running: ReturnType<typeof startBenchSequencer>;
