/** Each is announced right after it is durable; a crash after any of them leads to the same end. In their order. */
export const erasureSteps = [
  'erasure/remembered',
  'erasure/persons-fenced',
  'erasure/fenced',
  'erasure/let-go',
  'erasure/released',
  'erasure/keeping-in-the-log',
  'erasure/kept-recorded',
  'erasure/keys-in-the-log',
  'erasure/keys-named',
  'erasure/keys-destroyed',
  'erasure/persons-erased',
  'erasure/destroyed',
  'erasure/forgotten',
  'erasure/witnessed',
  'erasure/receipt-made',
  'erasure/receipt-in-the-log',
  'erasure/completed',
] as const;

export type ErasureStep = (typeof erasureSteps)[number];
