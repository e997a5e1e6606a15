/** One after the other for each name, at once for different ones: each task sees what the one before it left. */
export class StreamQueues {
  private readonly last = new Map<string, Promise<unknown>>();

  run<T>(name: string, task: () => Promise<T>): Promise<T> {
    const before = this.last.get(name);
    const done = before ? before.then(task, task) : task();
    this.last.set(name, done);
    const forget = (): void => {
      if (this.last.get(name) === done) this.last.delete(name);
    };
    done.then(forget, forget);
    return done;
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    while (this.last.size > 0) await Promise.allSettled(this.last.values());
  }
}
