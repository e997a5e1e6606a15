/** What was refused, for a program; one code for each way in which something can be wrong. Never changed once published. */
export type LedgerErrorCode =
  // Numbers, hashes and text that nothing can be made of.
  | 'size-refused'
  | 'hash-malformed'
  | 'text-refused'
  // Proofs in a tree.
  | 'inclusion-index-outside'
  | 'inclusion-proof-length'
  | 'inclusion-root-differs'
  | 'consistency-sizes-refused'
  | 'consistency-from-empty'
  | 'consistency-proof-length'
  | 'consistency-old-root-differs'
  | 'consistency-new-root-differs'
  // Tiles and bundles of entries.
  | 'tile-refused'
  | 'tile-malformed'
  | 'entry-too-large'
  | 'entries-malformed'
  // Keys.
  | 'key-name-refused'
  | 'key-type-refused'
  | 'verifier-key-malformed'
  | 'verifier-key-type-unknown'
  | 'verifier-key-id-differs'
  | 'verifier-keys-ambiguous'
  | 'signer-wrong'
  // Notes.
  | 'note-too-large'
  | 'note-not-utf8'
  | 'note-control-character'
  | 'note-malformed'
  | 'note-unsigned'
  | 'note-signature-malformed'
  | 'note-too-many-signatures'
  | 'note-signature-twice'
  | 'note-signature-wrong'
  | 'note-unsigned-by-known'
  // Checkpoints and cosignatures.
  | 'checkpoint-malformed'
  | 'checkpoint-origin-refused'
  | 'checkpoint-size-malformed'
  | 'checkpoint-root-malformed'
  | 'checkpoint-extended'
  | 'checkpoint-origin-differs'
  | 'cosignature-wrong'
  | 'cosignature-twice'
  | 'cosignature-time-refused'
  // Files of proofs and the messages to a witness, which have the same parts.
  | 'proof-file-too-large'
  | 'proof-file-kind-unknown'
  | 'proof-file-malformed'
  | 'proof-file-extra-malformed'
  | 'proof-file-number-malformed'
  | 'proof-file-hash-malformed'
  | 'proof-file-too-many-hashes'
  | 'proof-file-checkpoint-missing'
  // Trust policies; the message begins with the number of the line.
  | 'policy-too-large'
  | 'policy-character-refused'
  | 'policy-line-unknown'
  | 'policy-line-malformed'
  | 'policy-key-refused'
  | 'policy-key-twice'
  | 'policy-name-refused'
  | 'policy-name-twice'
  | 'policy-name-unknown'
  | 'policy-member-twice'
  | 'policy-threshold-refused'
  | 'policy-quorum-twice'
  | 'policy-quorum-missing';

/** Something of a ledger that is not what its format or its proof says. Carries no content of an entry. */
export class LedgerError extends Error {
  override readonly name = 'LedgerError';

  constructor(
    readonly code: LedgerErrorCode,
    message: string,
  ) {
    super(message);
  }
}
