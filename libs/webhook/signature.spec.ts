import { isSigned, newSecret, signatureHeaders } from './signature';

describe('signatures of webhooks', () => {
  const message = {
    id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    sentAt: new Date(1_614_265_330_000),
    body: '{"test": 2432232314}',
  };

  it('are those of the specification: its own vector', () => {
    expect(signatureHeaders(message, ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'])).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  it('stand side by side during a rotation, so that either secret will do', () => {
    const [old, young, other] = [newSecret(), newSecret(), newSecret()];
    const signatures = signatureHeaders(message, [young, old])['webhook-signature'] as string;
    expect([old, young, other].map((secret) => isSigned(message, secret, signatures))).toEqual([true, true, false]);
  });

  it('are of this id, this second and these bytes', () => {
    const secret = newSecret();
    const signatures = signatureHeaders(message, [secret])['webhook-signature'] as string;
    for (const other of [
      { ...message, id: 'msg_2' },
      { ...message, sentAt: new Date(1_614_265_331_000) },
      { ...message, body: '{"test":2432232314}' },
    ]) {
      expect(isSigned(other, secret, signatures)).toBe(false);
    }
  });

  it('have secrets of 256 bits, each another', () => {
    expect(Buffer.from(newSecret().slice('whsec_'.length), 'base64')).toHaveLength(32);
    expect(newSecret()).not.toBe(newSecret());
  });
});
