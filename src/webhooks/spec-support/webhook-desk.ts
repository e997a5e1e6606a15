import { until, type TestServer } from '../../../test/support/server';
import { WebhookOutbox } from '../outbox/webhook-outbox';
import type { DeliveryView } from '../queries/webhook.view';
import { Receiver } from './receiver';

/** What specs of webhooks do with a server. */
export class WebhookDesk {
  private readonly receivers: Receiver[] = [];

  constructor(private readonly server: TestServer) {}

  async receiver(): Promise<Receiver> {
    const receiver = await new Receiver().start();
    this.receivers.push(receiver);
    return receiver;
  }

  async close(): Promise<void> {
    await Promise.all(this.receivers.splice(0).map((receiver) => receiver.stop()));
  }

  async subscribe(receiver: Receiver, terms: object = {}): Promise<{ readonly id: string; readonly secret: string }> {
    const made = await this.server.post('/webhooks', { url: receiver.url, types: ['*'], ...terms }).expect(201);
    return made.body as { readonly id: string; readonly secret: string };
  }

  async deliveries(webhook: string, query = ''): Promise<DeliveryView[]> {
    const { body } = await this.server.get(`/webhooks/${webhook}/deliveries?limit=500${query}`).expect(200);
    return (body as { readonly items: DeliveryView[] }).items;
  }

  /** Looks until nothing waits for the receiver any more. */
  async empty(webhook: string): Promise<void> {
    const { runtime } = this.server.app.get(WebhookOutbox, { strict: false });
    await until(async () => {
      runtime.lookNow();
      const isFed = (await runtime.passed('mira')) >= (await this.server.platform.store.head('mira'));
      return isFed && (await this.deliveries(webhook, '&state=pending')).length === 0;
    });
  }

  /** Moves the clock in steps of at most a minute, and after each waits until all that is due was tried. */
  async pass(webhook: string, milliseconds: number): Promise<void> {
    const end = this.server.clock.now().getTime() + milliseconds;
    while (this.server.clock.now().getTime() < end) {
      this.server.clock.advance(Math.min(60_000, end - this.server.clock.now().getTime()));
      await this.tried(webhook);
    }
  }

  /** Waits until nothing that waits for this receiver is due now. */
  async tried(webhook: string): Promise<void> {
    const { runtime } = this.server.app.get(WebhookOutbox, { strict: false });
    await until(async () => {
      runtime.lookNow();
      const now = this.server.clock.now();
      const { openUntil } = await runtime.breaker({ organisation: 'mira', destination: webhook });
      if (openUntil && openUntil > now) return true;
      const waiting = new Map<string, DeliveryView>();
      for (const one of await this.deliveries(webhook, '&state=pending')) waiting.set(one.stream, one);
      return [...waiting.values()].every(({ nextTry }) => nextTry !== undefined && new Date(nextTry) > now);
    });
  }
}
