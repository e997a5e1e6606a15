import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { frozenEvents, hex, type FrozenEvent } from './spec-support/fixture';

describe('docs/format.md', () => {
  const text = readFileSync(join(__dirname, '..', '..', 'docs', 'format.md'), 'utf8').replaceAll('␠', ' ');
  const squeezed = text.replace(/\s/g, '');
  const [, example] = frozenEvents.find(([file]) => file === 'unit-of-a-day.json') as [string, FrozenEvent];

  it('shows the frozen example to the byte', () => {
    const { namingKey, commandId, storedHeader, storedSections, leafHash, sections } = example;
    const [section] = sections;
    if (!section) throw new Error('the example has a section');
    const { key, fingerprint, unit, salts, nonce, digests, commitment, ciphertext } = section;
    const plaintext = hex(section.plaintext).toString('utf8');
    const shown = [namingKey, commandId, key, fingerprint, unit, salts, nonce, commitment, ciphertext, leafHash];
    for (const value of [...shown, Object.values(digests).join(''), storedHeader, plaintext]) {
      expect(squeezed).toContain(value.replace(/\s/g, ''));
    }
    expect(text).toContain(`\n${' '.repeat(plaintext.length - plaintext.trimEnd().length)}\n`);
    expect(text).toContain(`\`${storedSections.slice(0, 8)}\``);
    let associatedData = '';
    for (const [, length, part] of text.matchAll(/^([0-9a-f]{8}) ([a-z0-9/-]+)$/gm)) {
      if (parseInt(length as string, 16) !== (part as string).length) continue;
      associatedData += (length as string) + Buffer.from(part as string).toString('hex');
    }
    expect(associatedData).toBe(section.associatedData);
  });
});
