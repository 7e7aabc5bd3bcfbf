/**
 * Protobuf, as much of proto3 as the frames use. The tables come from the build. 64-bit numbers are times in milliseconds and fit
 * into a number. What a frame carries beyond its table is passed over.
 */

/** u: varint, b: bool, s: string, B: bytes, m: message, f: fixed32, F: fixed64. */
export type Kind = 'u' | 'b' | 's' | 'B' | 'm' | 'f' | 'F';
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Field = readonly [name: string, kind: Kind, repeated: 0 | 1, table?: () => Table<any>];
/** Fields by number. The type parameter only ties a table to its interface. */
export type Table<T> = { readonly [number: number]: Field } & { readonly of?: T };

/** A message to encode: everything may be left out. */
export type Draft<T> = {
  [K in keyof T]?: (T[K] extends Uint8Array | string | number | boolean ? T[K] : T[K] extends (infer U)[] ? Draft<U>[] : Draft<T[K]>) | undefined;
};

/** Messages within messages, at most; the frames need four. */
const DEPTH_MAX = 16;
const VARINT_BYTES_MAX = 10;
const TWO_32 = 0x1_0000_0000;

const utf8 = new TextEncoder();
const text = new TextDecoder('utf-8', { fatal: true });

class Writer {
  private bytes = new Uint8Array(256);
  private length = 0;

  private room(more: number): void {
    if (this.length + more > this.bytes.length) {
      const larger = new Uint8Array(Math.max(this.bytes.length * 2, this.length + more));
      larger.set(this.bytes);
      this.bytes = larger;
    }
  }

  varint(value: number): void {
    this.room(VARINT_BYTES_MAX);
    while (value > 127) {
      this.bytes[this.length++] = (value % 128) | 128;
      value = Math.floor(value / 128);
    }
    this.bytes[this.length++] = value;
  }

  fixed(value: number, width: 4 | 8): void {
    this.room(width);
    for (let i = 0; i < width; i++) {
      this.bytes[this.length++] = value % 256;
      value = Math.floor(value / 256);
    }
  }

  block(block: Uint8Array): void {
    this.varint(block.length);
    this.room(block.length);
    this.bytes.set(block, this.length);
    this.length += block.length;
  }

  done(): Uint8Array {
    return this.bytes.slice(0, this.length);
  }
}

const WIRE_TYPE: Record<Kind, number> = { u: 0, b: 0, F: 1, s: 2, B: 2, m: 2, f: 5 };

export function encode<T>(table: Table<T>, message: Draft<T>): Uint8Array {
  const writer = new Writer();
  for (const key in table) {
    const [name, kind, repeated, sub] = table[key as unknown as number]!;
    const value = (message as Record<string, unknown>)[name];
    if (value === undefined) continue;
    for (const one of repeated ? (value as unknown[]) : [value]) {
      const block = kind === 'm' ? encode(sub!(), one as object) : kind === 's' ? utf8.encode(one as string) : kind === 'B' ? (one as Uint8Array) : null;
      // proto3: a default is left out, except in a list and for a message that is there.
      if (!repeated && kind !== 'm' && (block ? !block.length : !one)) continue;
      writer.varint(Number(key) * 8 + WIRE_TYPE[kind]);
      if (block) writer.block(block);
      else if (kind === 'f') writer.fixed(one as number, 4);
      else if (kind === 'F') writer.fixed(one as number, 8);
      else writer.varint(Number(one));
    }
  }
  return writer.done();
}

/** Throws a RangeError for bytes that are no such message. */
export function decode<T>(table: Table<T>, bytes: Uint8Array, depth = 0): T {
  if (depth > DEPTH_MAX) throw new RangeError('too deep');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const message = defaults(table);
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let i = 0, scale = 1; i < VARINT_BYTES_MAX; i++, scale *= 128) {
      const byte = bytes[at++];
      if (byte === undefined) throw new RangeError('cut off');
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    throw new RangeError('varint too long');
  };
  const skip = (count: number): number => {
    const start = at;
    at += count;
    if (at > bytes.length) throw new RangeError('cut off');
    return start;
  };
  while (at < bytes.length) {
    const tag = varint();
    const field = table[Math.floor(tag / 8)];
    const wireType = tag % 8;
    let value: unknown;
    if (wireType === 0) value = varint();
    else if (wireType === 1) {
      const start = skip(8);
      value = view.getUint32(start, true) + view.getUint32(start + 4, true) * TWO_32;
    } else if (wireType === 2) {
      const start = skip(varint());
      value = bytes.subarray(start, at);
    } else if (wireType === 5) value = view.getUint32(skip(4), true);
    else throw new RangeError('wire type');
    // A field that is new to us, or has become something else: pass it over.
    if (!field || WIRE_TYPE[field[1]] !== wireType) continue;
    const [name, kind, repeated, sub] = field;
    if (kind === 'b') value = value !== 0;
    else if (kind === 's') value = text.decode(value as Uint8Array);
    else if (kind === 'm') value = decode(sub!(), value as Uint8Array, depth + 1);
    if (repeated) (message[name] as unknown[]).push(value);
    else message[name] = value;
  }
  return message as T;
}

function defaults(table: Table<unknown>): Record<string, unknown> {
  const message: Record<string, unknown> = {};
  for (const key in table) {
    const [name, kind, repeated] = table[key as unknown as number]!;
    if (repeated) message[name] = [];
    else if (kind !== 'm') message[name] = kind === 's' ? '' : kind === 'b' ? false : kind === 'B' ? new Uint8Array(0) : 0;
  }
  return message;
}
