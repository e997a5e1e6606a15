import type { BundledKeys } from '@ardoise/bundle';
import { formatVerifierKey, tilePath, tileWidth, verifierKey, widthOf } from '@ardoise/ledger';
import type { LedgerState } from '../files/ledger-state';
import type { LedgerSince } from '../files/since';
import { englishReadme } from './readme-english';
import { frenchReadme } from './readme-french';

export interface ReadmeOptions extends LedgerState {
  readonly keys: BundledKeys;
  readonly since: LedgerSince | undefined;
}

/** What a README says of the bundle that it lies in. */
export interface ReadmeFacts {
  readonly organisation: string;
  readonly madeAt: string;
  readonly since: LedgerSince | undefined;
  readonly trees: readonly { readonly incarnation: number; readonly size: number; readonly origin: string }[];
  /** As signed notes name keys; each key as it signs for each tree. */
  readonly verifierKeys: readonly string[];
  readonly steps: ReadmeSteps;
}

/** Commands of a shell, run in the unpacked folder: what others' tools say of it. */
export interface ReadmeSteps {
  readonly leaf: string;
  readonly signature: string;
  readonly serve: string;
  readonly timestamp: string;
}

/** What a bundle is and how it is verified, for whoever finds it without anything else: French, then English. */
export function readmeOf(options: ReadmeOptions): string {
  const facts = factsOf(options);
  return `${frenchReadme(facts)}\n${englishReadme(facts)}`;
}

function factsOf({ organisation, madeAt, trees, keys, since }: ReadmeOptions): ReadmeFacts {
  return {
    organisation,
    madeAt: madeAt.toISOString(),
    since,
    trees: trees.map(({ tree: { incarnation, origin }, size }) => ({ incarnation, origin, size })),
    verifierKeys: trees.flatMap(({ tree: { origin } }) =>
      keys.ledger.map(({ publicKey }) => formatVerifierKey(verifierKey(origin, 0x01, publicKey))),
    ),
    steps: stepsOf(trees, keys),
  };
}

function stepsOf(trees: LedgerState['trees'], keys: BundledKeys): ReadmeSteps {
  const newest = trees.at(-1);
  const incarnation = newest?.tree.incarnation ?? 1;
  const last = Math.max(0, Math.ceil((newest?.size ?? 0) / tileWidth) - 1);
  const width = widthOf(0, last, newest?.size ?? 0) || 1;
  const entries = `${incarnation}/${tilePath({ level: 'entries', index: last, width })}`;
  const hashes = `${incarnation}/${tilePath({ level: 0, index: last, width })}`;
  const key = keys.ledger.at(-1)?.publicKey.toString('base64') ?? '';
  return {
    leaf: `set -- $(od -An -tu1 -N2 ${entries})
tail -c +3 ${entries} | head -c $(($1 * 256 + $2)) > leaf.json
cat leaf.json; echo
{ printf '\\000'; cat leaf.json; } | sha256sum
od -An -v -tx1 -N32 ${hashes} | tr -d ' \\n'; echo`,
    signature: `sed '/^$/,$d' ${incarnation}/checkpoint > text
sed -n 's/^— [^ ]* //p' ${incarnation}/checkpoint | head -n 1 | base64 -d | tail -c 64 > signature
{ printf '\\060\\052\\060\\005\\006\\003\\053\\145\\160\\003\\041\\000'; echo '${key}' | base64 -d; } > key.der
openssl pkeyutl -verify -pubin -keyform DER -inkey key.der -rawin -in text -sigfile signature`,
    serve: `python3 -m http.server --bind 127.0.0.1 --directory ${incarnation} 8080`,
    timestamp: `line=$(grep -m 1 '"timestamp":"' ${incarnation}/checkpoints.ndjson)
printf '%b\\n' "$(printf '%s' "$line" | sed 's/.*"note":"//; s/\\\\n\\\\n.*//')" > stamped
printf '%s' "$line" | sed 's/.*"timestamp":"//; s/".*//' | base64 -d > stamp.tsr
openssl ts -verify -data stamped -in stamp.tsr -CAfile authority.pem`,
  };
}
