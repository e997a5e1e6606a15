import { invalid } from '@ardoise/decider';
import { isPublicAddress } from '@ardoise/webhook';
import { isIP } from 'node:net';

const longest = 2_000;

/**
 * An address that webhooks may go to, as far as it tells by itself; where its name leads is looked at at every delivery.
 * @throws Refusal `receiver-address-wrong`
 */
export function checkReceiverAddress(text: string, receivers: 'public' | 'any'): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || text.length > longest) throw wrong(`must be an address of at most ${longest} characters`);
  const schemes = receivers === 'any' ? ['https:', 'http:'] : ['https:'];
  if (!schemes.includes(url.protocol)) throw wrong('must begin with https://');
  if (url.username !== '' || url.password !== '') throw wrong('must not hold a user or a password');
  if (url.hash !== '') throw wrong('must not hold a fragment');
  const literal = url.hostname.replace(/^\[|\]$/g, '');
  if (receivers === 'public' && (literal === 'localhost' || (isIP(literal) && !isPublicAddress(literal)))) {
    throw wrong('must lead to the public internet');
  }
  return url.href;
}

function wrong(why: string): Error {
  return invalid('receiver-address-wrong', why, '/url');
}
