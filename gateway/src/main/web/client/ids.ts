/** Ids are 16 bytes on the wire and UUIDs in their usual form everywhere else. */

const NOT_HEX = /[^0-9a-f]/gi;

export function hex(bytes: Uint8Array): string {
  let out = '';
  for (const byte of bytes) out += byte.toString(16).padStart(2, '0');
  return out;
}

export function toUuid(bytes: Uint8Array): string {
  return bytes.length === 16 ? hex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-') : '';
}

export function fromUuid(uuid: string): Uint8Array {
  const digits = uuid.replace(NOT_HEX, '');
  if (digits.length !== 32) throw new RangeError('not a UUID: ' + uuid);
  return Uint8Array.from({ length: 16 }, (_, i) => parseInt(digits.slice(2 * i, 2 * i + 2), 16));
}

/** UUIDv7: sorts by time, random beyond the millisecond. */
export function newId(now: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  for (let i = 5, rest = now; i >= 0; i--) {
    bytes[i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  bytes[6] = (bytes[6]! & 15) | 0x70;
  bytes[8] = (bytes[8]! & 63) | 0x80;
  return toUuid(bytes);
}
