// A table as a Parquet file: one row group, plain values, no compression; optional text and numbers.
//
// Written here because no package without a build step writes it, and it is small: the format is Apache Parquet 2.10,
// its metadata Thrift's compact protocol.

const MAGIC = "PAR1";
const I32 = 5, I64 = 6, BINARY = 8, LIST = 9, STRUCT = 12;       // Thrift's types
const DOUBLE = 5, BYTE_ARRAY = 6;                                 // Parquet's
const PLAIN = 0, RLE = 3, OPTIONAL = 1, UTF8 = 0, DATA_PAGE = 0, UNCOMPRESSED = 0;
const encoder = new TextEncoder();

/** `columns` are [name, values]: a column of numbers and nulls, or of texts and nulls. */
export function parquet(columns) {
  const rows = columns[0]?.[1].length ?? 0;
  const parts = [encoder.encode(MAGIC)];
  let offset = MAGIC.length;
  const chunks = columns.map(([name, values]) => {
    const type = values.every((value) => value === null || typeof value === "number") ? DOUBLE : BYTE_ARRAY;
    const data = page(values, type);
    const chunk = { name, type, offset, size: data.length, rows };
    parts.push(data);
    offset += data.length;
    return chunk;
  });
  const footer = Uint8Array.from(metadata(chunks, rows));
  const length = new Uint8Array(new Uint32Array([footer.length]).buffer);
  return new Blob([...parts, footer, length, encoder.encode(MAGIC)], { type: "application/vnd.apache.parquet" });
}

function page(values, type) {
  const present = values.filter((value) => value !== null);
  const body = concat([levels(values), type === DOUBLE ? new Uint8Array(new Float64Array(present).buffer) : texts(present)]);
  const header = struct([
    [1, I32, DATA_PAGE], [2, I32, body.length], [3, I32, body.length],
    [5, STRUCT, [[1, I32, values.length], [2, I32, PLAIN], [3, I32, RLE], [4, I32, RLE]]],
  ]);
  return concat([Uint8Array.from(header), body]);
}

/** Which values are there: one bit each, packed by eights, as one run. */
function levels(values) {
  const groups = Math.ceil(values.length / 8);
  const bits = new Uint8Array(groups);
  values.forEach((value, index) => { if (value !== null) bits[index >> 3] |= 1 << (index & 7); });
  const run = concat([Uint8Array.from(varint((groups << 1) | 1)), bits]);
  return concat([new Uint8Array(new Uint32Array([run.length]).buffer), run]);
}

function texts(values) {
  return concat(values.flatMap((value) => {
    const bytes = encoder.encode(String(value));
    return [new Uint8Array(new Uint32Array([bytes.length]).buffer), bytes];
  }));
}

function metadata(chunks, rows) {
  const root = [[4, BINARY, "table"], [5, I32, chunks.length]];
  const leaf = ({ name, type }) => [[1, I32, type], [3, I32, OPTIONAL], [4, BINARY, name], ...(type === BYTE_ARRAY ? [[6, I32, UTF8]] : [])];
  const column = ({ name, type, offset, size }) => [[2, I64, offset], [3, STRUCT, [
    [1, I32, type], [2, LIST, [I32, [PLAIN, RLE]]], [3, LIST, [BINARY, [name]]], [4, I32, UNCOMPRESSED], [5, I64, rows],
    [6, I64, size], [7, I64, size], [9, I64, offset],
  ]]];
  const total = chunks.reduce((sum, { size }) => sum + size, 0);
  return struct([
    [1, I32, 1], [2, LIST, [STRUCT, [root, ...chunks.map(leaf)]]], [3, I64, rows],
    [4, LIST, [STRUCT, [[[1, LIST, [STRUCT, chunks.map(column)]], [2, I64, total], [3, I64, rows]]]]],
    [6, BINARY, "HexaFace portal"],
  ]);
}

/** A struct of fields [id, type, value], ids rising. */
function struct(fields) {
  const bytes = [];
  let last = 0;
  for (const [id, type, value] of fields) {
    bytes.push(((id - last) << 4) | type, ...written(type, value));
    last = id;
  }
  return [...bytes, 0];
}

function written(type, value) {
  if (type === STRUCT) return struct(value);
  if (type === BINARY) {
    const bytes = encoder.encode(value);
    return [...varint(bytes.length), ...bytes];
  }
  if (type === LIST) {
    const [kind, items] = value;
    const head = items.length < 15 ? [(items.length << 4) | kind] : [0xf0 | kind, ...varint(items.length)];
    return head.concat(...items.map((item) => written(kind, item)));
  }
  return varint(value * 2);  // zigzag; nothing here is negative
}

function varint(value) {
  const bytes = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  return [...bytes, rest];
}

function concat(arrays) {
  const whole = new Uint8Array(arrays.reduce((sum, array) => sum + array.length, 0));
  let at = 0;
  for (const array of arrays) {
    whole.set(array, at);
    at += array.length;
  }
  return whole;
}
