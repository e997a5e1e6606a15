interface Call<Item, Result> {
  readonly items: readonly Item[];
  readonly resolve: (results: Result[]) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Gathers concurrent calls into one: what is asked for in the same turn of the event loop, or while a load is under
 * way, goes into the next load together. Few loads at a time (one by default), so that the busier it is, the larger
 * the batches.
 */
export class Gatherer<Item, Result> {
  private waiting: Call<Item, Result>[] = [];
  private running = 0;

  /** @param load gives one result for each item, in order. */
  constructor(
    private readonly load: (items: readonly Item[]) => Promise<Result[]>,
    private readonly limit = 5_000,
    private readonly atOnce = 1,
  ) {}

  ask(items: readonly Item[]): Promise<Result[]> {
    if (items.length === 0) return Promise.resolve([]);
    return new Promise((resolve, reject) => {
      this.waiting.push({ items, resolve, reject });
      if (this.running >= this.atOnce) return;
      this.running += 1;
      setImmediate(() => void this.run());
    });
  }

  private async run(): Promise<void> {
    while (this.waiting.length > 0) await this.answer(this.nextCalls());
    this.running -= 1;
  }

  private nextCalls(): Call<Item, Result>[] {
    let count = 0;
    let taken = 0;
    for (const call of this.waiting) {
      count += call.items.length;
      if (taken > 0 && count > this.limit) break;
      taken++;
    }
    return this.waiting.splice(0, taken);
  }

  private async answer(calls: readonly Call<Item, Result>[]): Promise<void> {
    try {
      const results = await this.load(calls.flatMap((call) => call.items));
      let at = 0;
      for (const call of calls) call.resolve(results.slice(at, (at += call.items.length)));
    } catch (error) {
      for (const call of calls) call.reject(error);
    }
  }
}
