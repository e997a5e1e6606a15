import { Presets, SingleBar } from 'cli-progress';

/** Shows how far long work has come: a bar on a terminal, plain lines elsewhere. Writes to standard error. */
export interface Progress {
  at(done: number, total: number, note?: string): void;
  end(): void;
}

const lineEveryMilliseconds = 5_000;

/** `unit` names what is counted, as in `12 of 40 events`. */
export function showProgress(label: string, unit = ''): Progress {
  const counted = unit === '' ? '' : ` ${unit}`;
  return process.stderr.isTTY ? bar(label, counted) : lines(label, counted);
}

function bar(label: string, counted: string): Progress {
  const format = `${label} {bar} {percentage}% {value}/{total}${counted} {note} {eta_formatted} left`;
  const shown = new SingleBar({ format, hideCursor: true, stream: process.stderr }, Presets.shades_classic);
  let started = false;
  return {
    at(done, total, note = '') {
      if (started) shown.setTotal(total);
      else shown.start(total, 0, { note });
      started = true;
      shown.update(done, { note });
    },
    end: () => shown.stop(),
  };
}

function lines(label: string, counted: string): Progress {
  let last = 0;
  return {
    at(done, total, note = '') {
      const now = Date.now();
      if (now - last < lineEveryMilliseconds && done < total) return;
      last = now;
      process.stderr.write(`${label}: ${done} of ${total}${counted}${note ? `, ${note}` : ''}\n`);
    },
    end: () => undefined,
  };
}
