/** Hash functions by their identifiers (RFC 5754). SHA-1 and MD5 are none of them: who finds collisions could move a stamp. */
const hashes: { readonly [id: string]: string } = {
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};

export const sha256Id = '2.16.840.1.101.3.4.2.1';

/** What a signature algorithm's identifier says: the kind of key, and the hash where it names one. */
const signatures: { readonly [id: string]: { readonly key: string; readonly hash?: string } } = {
  '1.2.840.113549.1.1.1': { key: 'rsa' },
  '1.2.840.113549.1.1.11': { key: 'rsa', hash: 'sha256' },
  '1.2.840.113549.1.1.12': { key: 'rsa', hash: 'sha384' },
  '1.2.840.113549.1.1.13': { key: 'rsa', hash: 'sha512' },
  '1.2.840.10045.2.1': { key: 'ec' },
  '1.2.840.10045.4.3.2': { key: 'ec', hash: 'sha256' },
  '1.2.840.10045.4.3.3': { key: 'ec', hash: 'sha384' },
  '1.2.840.10045.4.3.4': { key: 'ec', hash: 'sha512' },
  '1.3.101.112': { key: 'ed25519' },
};

/** Node's name of a hash function; `undefined` for one that is not known, or no longer trusted. */
export const hashOf = (id: string): string | undefined => hashes[id];

/** `undefined` for one that is not known. */
export const signatureOf = (id: string): { readonly key: string; readonly hash?: string } | undefined => signatures[id];
