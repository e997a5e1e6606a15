const beginnings: readonly (readonly [string, string])[] = [
  ['gzip', '1f8b'],
  ['zip', '504b0304'],
  ['zstd', '28b52ffd'],
  ['xz', 'fd377a585a00'],
  ['bzip2', '425a68'],
  ['lz4', '04224d18'],
  ['compress', '1f9d'],
  ['7z', '377abcaf271c'],
];

/** What packed a file, by its first bytes; undefined when none of these did. */
export function compressionOf(beginning: Buffer): string | undefined {
  return beginnings.find(([, magic]) => beginning.subarray(0, magic.length / 2).toString('hex') === magic)?.[0];
}
