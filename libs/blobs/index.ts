export * from './blobs';
export * from './errors';
export { FolderBlobStore } from './folder-blob-store';
export { sealedLength, type BlobPlace } from './layout';
export * from './store';
