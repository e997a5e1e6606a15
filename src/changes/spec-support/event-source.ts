/** An event as a browser's EventSource gives it. */
export interface Received {
  readonly id: string;
  readonly event: string;
  readonly data: { readonly [name: string]: unknown };
}

/** A client of server-sent events, as the standard's own: it knows the last id, and comes back with it. */
export class EventSource {
  lastId: string | undefined;
  /** All that came over the wire. */
  text = '';
  private pending = '';
  private readonly queue: Received[] = [];
  private ending = new AbortController();
  private reader: ReadableStreamDefaultReader<Uint8Array> | undefined;

  constructor(private readonly url: string) {}

  async connect(): Promise<Response> {
    this.ending = new AbortController();
    const headers = this.lastId === undefined ? undefined : { 'last-event-id': this.lastId };
    const response = await fetch(this.url, { ...(headers ? { headers } : {}), signal: this.ending.signal });
    if (response.status !== 200) return response;
    [this.pending, this.queue.length] = ['', 0];
    this.reader = response.body?.getReader();
    return response;
  }

  /** The next event; undefined when the server has ended the feed. */
  async next(): Promise<Received | undefined> {
    while (this.queue.length === 0) if (!(await this.piece())) return undefined;
    return this.queue.shift();
  }

  async take(count: number): Promise<Received[]> {
    const events: Received[] = [];
    while (events.length < count) {
      const event = await this.next();
      if (!event) break;
      events.push(event);
    }
    return events;
  }

  /** One more piece from the wire; false at its end. */
  async piece(): Promise<boolean> {
    const piece = await this.reader?.read();
    if (!piece || piece.done) return false;
    const text = Buffer.from(piece.value).toString('utf8');
    this.text += text;
    const blocks = (this.pending + text).split('\n\n');
    this.pending = blocks.pop() ?? '';
    for (const block of blocks) this.dispatch(block);
    return true;
  }

  close(): void {
    this.ending.abort();
  }

  private dispatch(block: string): void {
    const fields = new Map(block.split('\n').map((line) => line.split(/: (.*)/s) as [string, string]));
    // Ids of events that were not taken yet are no ids of events that were seen.
    const id = fields.get('id') ?? this.queue.at(-1)?.id ?? this.lastId ?? '';
    const data = fields.get('data');
    if (data === undefined) return void (this.lastId = this.queue.length === 0 ? id : this.lastId);
    this.queue.push({ id, event: fields.get('event') ?? 'message', data: JSON.parse(data) as Received['data'] });
  }

  /** To be said of each event when it was worked on. */
  seen({ id }: Received): void {
    this.lastId = id;
  }
}
