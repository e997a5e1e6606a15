/** PostgreSQL's numbers of the types that we send as arrays. */
const oids = { bytea: 17, int8: 20, int4: 23, text: 25 } as const;

/**
 * A one-dimensional array in PostgreSQL's binary form. The driver sends a Buffer as it is; an array it would write as
 * text, byte strings in hexadecimal, at several times the cost.
 */
export function byteaArray(items: readonly Buffer[]): Buffer {
  let size = 20;
  for (const item of items) size += 4 + item.length;
  const bytes = arrayHeader(oids.bytea, items.length, size);
  let at = 20;
  for (const item of items) {
    bytes.writeInt32BE(item.length, at);
    bytes.set(item, at + 4);
    at += 4 + item.length;
  }
  return bytes;
}

export function textArray(items: readonly string[]): Buffer {
  let size = 20;
  for (const item of items) size += 4 + Buffer.byteLength(item);
  const bytes = arrayHeader(oids.text, items.length, size);
  let at = 20;
  for (const item of items) {
    const length = bytes.write(item, at + 4);
    bytes.writeInt32BE(length, at);
    at += 4 + length;
  }
  return bytes;
}

export function int4Array(items: readonly number[]): Buffer {
  const bytes = arrayHeader(oids.int4, items.length, 20 + 8 * items.length);
  items.forEach((item, i) => {
    bytes.writeInt32BE(4, 20 + 8 * i);
    bytes.writeInt32BE(item, 24 + 8 * i);
  });
  return bytes;
}

export function int8Array(items: readonly (number | bigint)[]): Buffer {
  const bytes = arrayHeader(oids.int8, items.length, 20 + 12 * items.length);
  items.forEach((item, i) => {
    bytes.writeInt32BE(8, 20 + 12 * i);
    bytes.writeBigInt64BE(BigInt(item), 24 + 12 * i);
  });
  return bytes;
}

/** Dimensions (one), no nulls, the type, the length, the first subscript (one). */
function arrayHeader(oid: number, length: number, size: number): Buffer {
  const bytes = Buffer.allocUnsafe(size);
  [1, 0, oid, length, 1].forEach((number, i) => bytes.writeInt32BE(number, 4 * i));
  return bytes;
}
