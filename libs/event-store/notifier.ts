/**
 * Sends notices after commits, gathered: the first goes out at once, those of the next ten milliseconds together, one
 * for each organisation.
 */
export class Notifier {
  private readonly pending = new Set<string>();
  private timer: NodeJS.Timeout | undefined;
  private sending: Promise<void> = Promise.resolve();
  private lastSent = 0;

  /** A send that fails is let go: whoever listens also polls. */
  constructor(
    private readonly send: (organisations: readonly string[]) => Promise<void>,
    private readonly interval = 10,
  ) {}

  notify(organisation: string): void {
    this.pending.add(organisation);
    this.timer ??= setTimeout(() => this.flush(), Math.max(0, this.lastSent + this.interval - Date.now()));
  }

  /** Sends what is pending and ends. */
  async close(): Promise<void> {
    clearTimeout(this.timer);
    this.flush();
    await this.sending;
  }

  private flush(): void {
    this.timer = undefined;
    if (this.pending.size === 0) return;
    const organisations = [...this.pending];
    this.pending.clear();
    this.lastSent = Date.now();
    this.sending = this.sending.then(() => this.send(organisations)).catch(() => undefined);
  }
}
