/** Waits real milliseconds; ends early, without failing, when the signal fires. */
export function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const finish = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', finish);
      resolve();
    };
    const timer = setTimeout(finish, milliseconds);
    signal?.addEventListener('abort', finish, { once: true });
  });
}

/** The pause before a repetition: the last one is taken for all further tries. */
export function delayOf(delays: readonly number[], failures: number): number {
  return delays[Math.min(failures, delays.length) - 1] ?? 0;
}

/** What wakes a lane that waits: many causes, one waiter, no ring lost between two waits. */
export class Bell {
  private rung = false;
  private end: (() => void) | undefined;

  ring(): void {
    this.rung = true;
    this.end?.();
  }

  get isRung(): boolean {
    return this.rung;
  }

  /** Whether it was rung since this was last asked. */
  take(): boolean {
    const { rung } = this;
    this.rung = false;
    return rung;
  }

  /** Ends the wait that is under way, without a ring. */
  release(): void {
    this.end?.();
  }

  /** Resolves when it was rung since `take`, is released, after the milliseconds, or when the signal fires. */
  wait(milliseconds: number, signal: AbortSignal): Promise<void> {
    if (this.rung || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        if (this.end === end) this.end = undefined;
        resolve();
      };
      const timer = setTimeout(end, milliseconds);
      signal.addEventListener('abort', end, { once: true });
      this.end = end;
    });
  }
}
