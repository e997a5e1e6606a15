import { FolderWitnessStore } from '../folder-witness-store';

/** Owns a folder until it is told otherwise, and writes what it is told. */
async function main([folder = '', lease = '']: string[]): Promise<void> {
  const store = await FolderWitnessStore.open(folder, Number(lease));
  process.on('message', ({ hash, record }: { hash: string; record: string }) => {
    store
      .update(hash, async () => ({ next: Buffer.from(record), result: 'written' }))
      .catch((error: { code?: string }) => error.code ?? 'unknown')
      .then((word) => process.send?.(word))
      .catch(() => undefined);
  });
  process.send?.('open');
}

main(process.argv.slice(2)).catch((error: { code?: string }) => {
  process.send?.(error.code ?? 'unknown');
  process.disconnect();
});
