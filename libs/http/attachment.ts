/** Most characters of a file's name that an answer gives. */
const longestName = 120;

/**
 * `Content-Disposition` for a file to be saved (RFC 6266): a name that leads into no folder, hides nothing and says
 * nothing to a header or a shell; in ASCII, and beside it in UTF-8.
 */
export function attachment(name: string): string {
  const safe = safeName(name);
  const ascii = safe
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[^A-Za-z0-9._ -]/g, '_');
  const encoded = encodeURIComponent(safe).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}

function safeName(name: string): string {
  const safe = name
    // Controls, marks that turn the direction of writing, and whatever a path, a header or a shell could read.
    .replace(/[\p{C}\p{Zl}\p{Zp}"%*/:;<>?\\|]/gu, '_')
    .replace(/^[.\s]+|[.\s]+$/g, '');
  const characters = [...safe];
  if (characters.length <= longestName) return safe || 'document';
  const end = /\.[A-Za-z0-9]{1,8}$/.exec(safe)?.[0] ?? '';
  return characters.slice(0, longestName - end.length).join('') + end;
}
