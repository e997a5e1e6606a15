export * from './checkpoint';
export * from './consistency-file';
export * from './cosignature';
export * from './entries';
export * from './errors';
export { CompactRange, emptyRoot, leafHash, nodeHash } from './merkle';
export {
  formatNote,
  noteLimit,
  parseNote,
  parseSignatureLines,
  signatureLimit,
  signatureLine,
  type Note,
  type NoteSignature,
} from './note';
export { signNote, verifyNote, type NoteSigner } from './note-signing';
export * from './proof-file';
export { proofFileLimit } from './proof-parts';
export * from './proofs';
export * from './tile-builder';
export { type TileSource } from './tile-source';
export { entryBundlesOf, parseTilePath, tilePath, tilesOf, tileWidth, widthOf, type Tile } from './tiles';
export * from './trust-policy';
export * from './verification';
export * from './verifier-key';
export * from './witness-protocol';
