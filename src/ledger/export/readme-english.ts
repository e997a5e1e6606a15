import type { ReadmeFacts } from './readme';

export function englishReadme({ organisation, madeAt, since, trees, verifierKeys, steps }: ReadmeFacts): string {
  const table = trees.map((one) => `| ${one.incarnation} | \`${one.origin}\` | ${one.size} |`).join('\n');
  const partial =
    since === undefined
      ? ''
      : `
**This bundle is an increment**: it goes on from leaf ${since.size} of incarnation ${since.incarnation}; what came before is in an earlier
bundle, without which only what follows is verified.
`;
  return `# Ledger of "${organisation}"

This bundle holds the ledger of everything that Ardoise has recorded for "${organisation}", as of ${madeAt}. With it anybody verifies,
without a server, a database, a network or any secret key, that every event is still there, in its order and unaltered, and that what
was erased was erased, and nothing else.
${partial}
| incarnation | name | events |
|---|---|---|
${table}

## What is in it

| file | content |
|---|---|
| \`ledger.json\` | the trees: name, number of leaves, root |
| \`keys.json\` | the public keys that sign checkpoints and receipts |
| \`<incarnation>/checkpoint\` | the newest checkpoint, a signed note, with the cosignatures of witnesses |
| \`<incarnation>/checkpoints.ndjson\` | all checkpoints, and their timestamps |
| \`<incarnation>/tile/…\` | the tree's hashes, and in \`tile/entries/\` the events (format tlog-tiles) |
| \`policies/\` | the versions of the organisation's policy that are known |
| \`receipts.ndjson\` | the signed receipts of days, and of the organisation, whose keys were destroyed |
| \`units.ndjson\` | what the vault says was destroyed or lost, and the event that says so |
| \`vocabulary.json\` | the declaration of each type of event |

## What is not in it

No key, no name, no sealed content, neither in clear nor encrypted: of an event there is only its header, where content is but the
SHA-256 of its ciphertext. **These headers are still somebody's data** for as long as the keys live that lead from their random ids
to a person: keep this bundle as such. That it was given out is recorded in the ledger.

## Verify with \`ardoise-audit\`

Node.js (20.19 or later) and the file \`ardoise-audit.mjs\` are all that is needed:

    node ardoise-audit.mjs verify BUNDLE.tar --policy TRUST

\`TRUST\` is a file that names the ledgers and witnesses that you trust ([tlog-policy](https://c2sp.org/tlog-policy)); without it
everything is computed again, but nothing says whose the keys are. It says what it has checked, how many, and the first thing that is
wrong. It exits with 0 when everything is verified, 1 when something is refused, 3 when nothing is wrong and not everything was checked.

**A key that comes with what it signed proves nothing.** Hold the keys below against those that are published
(\`/v1/ledger-keys\`), against an older bundle, or against what a witness knows:

${verifierKeys.map((key) => `    ${key}`).join('\n')}

## Verify with others' tools

Unpack first: \`tar -xf BUNDLE.tar\`, then in that folder:

1. **A leaf.** The first event of the last packet: the hash that is computed and the one that the tree has are the same.

\`\`\`sh
${steps.leaf}
\`\`\`

2. **The checkpoint's signature** (Ed25519); the answer is \`Signature Verified Successfully\`.

\`\`\`sh
${steps.signature}
\`\`\`

3. **The whole tree**, with any client of [tlog-tiles](https://c2sp.org/tlog-tiles): the folder of each incarnation is such a log. Serve it,
   and give the client that address and the key above:

\`\`\`sh
${steps.serve}
\`\`\`

4. **A timestamp** (RFC 3161), where there is one; \`authority.pem\` is the authority's certificate, which it gives you itself.

\`\`\`sh
${steps.timestamp}
\`\`\`
`;
}
