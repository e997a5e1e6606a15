import {
  associatedData,
  canonicalJson,
  ciphertextDigest,
  decrypt,
  encrypt,
  fieldDigest,
  fingerprintOf,
  FormatError,
  hmac,
  leafHash,
  readHeader,
  readSection,
  readSections,
  writeHeader,
  writeSection,
  writeSections,
  type Json,
} from '.';
import { flipped, frozenEvents, given, headerOf, hex, placeOf, type FrozenSection } from './spec-support/fixture';

// Stored events can never be changed. When one of these fails, the code is wrong, never the file.
describe.each(frozenEvents)('The frozen event %s', (_, frozen) => {
  const header = Buffer.from(frozen.storedHeader);
  const ciphertexts = frozen.sections.map(({ ciphertext }) => hex(ciphertext));

  it('is made again to the byte from its keys, salts and nonces', () => {
    const made = frozen.sections.map((section, index) => {
      const key = hex(section.key);
      const { plaintext, commitment } = writeSection(section.values, given(hex(section.salts)));
      const place = associatedData(placeOf(frozen, index));
      expect(fingerprintOf(key, section.unit)).toBe(section.fingerprint);
      expect(commitment).toBe(section.commitment);
      expect(plaintext.toString('hex')).toBe(section.plaintext);
      expect(place.toString('hex')).toBe(section.associatedData);
      const sealed = encrypt(key, plaintext, place, given(hex(section.nonce)));
      expect(sealed.toString('hex')).toBe(section.ciphertext);
      return sealed;
    });
    const command = hmac(hex(frozen.namingKey), ['ardoise/command/1', frozen.header.stream, frozen.commandId]);
    const written = writeHeader(headerOf(frozen, command.toString('hex'), made.map(ciphertextDigest)));
    expect(written.toString('utf8')).toBe(frozen.storedHeader);
    expect(writeSections(made).toString('hex')).toBe(frozen.storedSections);
    expect(leafHash(written).toString('hex')).toBe(frozen.leafHash);
  });

  it('opens, and says what was sealed', () => {
    const { sections, ...rest } = readHeader(header);
    expect(rest).toMatchObject(frozen.header);
    expect(sections).toHaveLength(frozen.sections.length);
    readSections(hex(frozen.storedSections)).forEach((ciphertext, index) => {
      const section = frozen.sections[index] as FrozenSection;
      expect(ciphertextDigest(ciphertext)).toBe(sections[index]?.ciphertext);
      const plaintext = decrypt(hex(section.key), ciphertext, associatedData(placeOf(frozen, index)));
      const fields = readSection(plaintext, section.commitment);
      expect(canonicalJson(Object.fromEntries(fields.map(({ name, value }) => [name, value])))).toBe(
        canonicalJson(section.values),
      );
      for (const { name, salt, value } of fields) {
        expect(fieldDigest(name, salt, canonicalJson(value))).toBe(section.digests[name]);
      }
    });
  });

  it('has no bit in its header whose change is not seen', () => {
    for (const [changed] of flipped(header)) {
      expect(leafHash(changed).toString('hex')).not.toBe(frozen.leafHash);
      try {
        expect(canonicalJson(readHeader(changed) as unknown as Json)).not.toBe(frozen.storedHeader);
      } catch (error) {
        expect(error).toBeInstanceOf(FormatError);
        expect((error as FormatError).code).toMatch(/^header-(malformed|not-canonical)$/);
      }
    }
  });

  it('has no bit in its sections whose change is not seen', () => {
    const named = readHeader(header).sections.map(({ ciphertext }) => ciphertext);
    for (const [changed] of flipped(hex(frozen.storedSections))) {
      try {
        expect(readSections(changed).map(ciphertextDigest)).not.toEqual(named);
      } catch (error) {
        expect(error).toMatchObject({ name: 'FormatError', code: 'sections-malformed' });
      }
    }
  });

  it('has no bit in a ciphertext, its place or its key whose change lets it open', () => {
    const notAuthentic = expect.objectContaining({ name: 'FormatError', code: 'section-not-authentic' }) as Error;
    frozen.sections.forEach((section, index) => {
      const [key, place] = [hex(section.key), hex(section.associatedData)];
      const sealed = ciphertexts[index] as Buffer;
      for (const [changed] of flipped(sealed)) expect(() => decrypt(key, changed, place)).toThrow(notAuthentic);
      for (const [changed] of flipped(place)) expect(() => decrypt(key, sealed, changed)).toThrow(notAuthentic);
      for (const [changed] of flipped(key)) expect(() => decrypt(changed, sealed, place)).toThrow(notAuthentic);
      for (let length = 0; length < sealed.length; length += 13) {
        expect(() => decrypt(key, sealed.subarray(0, length), place)).toThrow(notAuthentic);
      }
    });
  });

  it('has no bit in a plaintext whose change fits the commitment', () => {
    for (const { plaintext, commitment } of frozen.sections) {
      for (const [changed] of flipped(hex(plaintext))) {
        let code = 'none';
        try {
          readSection(changed, commitment);
        } catch (error) {
          code = (error as FormatError).code;
        }
        expect(code).toMatch(/^(section-malformed|commitment-differs)$/);
      }
    }
  });
});
