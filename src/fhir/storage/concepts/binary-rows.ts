/** Bytes after which rows are handed over. */
const fullSize = 1_000_000;
/** Bytes at most for a character of a JavaScript string as UTF-8. */
const mostForCharacter = 3;
const signature = Buffer.from('PGCOPY\n\u00ff\r\n\0', 'latin1');
const headerSize = signature.length + 8;
/** Types of elements of arrays, as PostgreSQL numbers them. */
const integers = 23;
const texts = 25;

/**
 * Rows in the binary format of COPY (https://www.postgresql.org/docs/current/sql-copy.html#id-1.9.3.55.9.4). Neither side escapes or parses texts and numbers.
 * U+0000, which PostgreSQL does not store, is left out; halves of surrogate pairs become U+FFFD.
 */
export class BinaryRows {
  private buffer!: Buffer;
  private view!: DataView;
  private used = 0;

  /** `columns`: number of fields of each row. */
  constructor(private readonly columns: number) {
    this.hold(Buffer.allocUnsafeSlow(fullSize * 1.25));
    this.begin();
  }

  /** Begins the rows of another COPY, in the same memory: those before have to be stored. */
  begin(): void {
    signature.copy(this.buffer);
    this.buffer.fill(0, signature.length, headerSize);
    this.used = headerSize;
  }

  get isFull(): boolean {
    return this.used >= fullSize;
  }

  /** Begins a row; its fields follow. */
  row(): this {
    this.reserve(2);
    this.put16(this.columns);
    return this;
  }

  smallint(value: number): this {
    this.reserve(6);
    this.put32(2);
    this.put16(value);
    return this;
  }

  integer(value: number): this {
    this.reserve(8);
    this.put32(4);
    this.put32(value);
    return this;
  }

  null(): this {
    this.reserve(4);
    this.put32(-1);
    return this;
  }

  text(value: string): this {
    const stored = value.includes('\0') ? value.replaceAll('\0', '') : value;
    this.reserve(4 + stored.length * mostForCharacter);
    const length = this.buffer.write(stored, this.used + 4);
    this.put32(length);
    this.used += length;
    return this;
  }

  texts(values: readonly string[]): this {
    const start = this.array(values.length, texts);
    for (const value of values) this.text(value);
    return this.closeArray(start);
  }

  /** An array of the values at `from` up to, not including, `to`. */
  integers(values: Int32Array, from: number, to: number): this {
    const start = this.array(to - from, integers);
    this.reserve((to - from) * 8);
    for (let i = from; i < to; i++) {
      this.put32(4);
      this.put32(values[i]!);
    }
    return this.closeArray(start);
  }

  /** The rows since the last call, for one COPY that goes on. */
  take(): Buffer {
    const taken = this.buffer.subarray(0, this.used);
    this.hold(Buffer.allocUnsafeSlow(fullSize * 1.25));
    this.used = 0;
    return taken;
  }

  /** The rows since the last call, with the mark that none follow. */
  end(): Buffer {
    this.reserve(2);
    this.put16(-1);
    return this.buffer.subarray(0, this.used);
  }

  private array(length: number, type: number): number {
    this.reserve(24);
    const start = this.used;
    this.used += 4;
    // Dimensions, no nulls, type; an empty one has no dimension.
    this.put32(length === 0 ? 0 : 1);
    this.put32(0);
    this.put32(type);
    if (length > 0) {
      this.put32(length);
      this.put32(1);
    }
    return start;
  }

  private closeArray(start: number): this {
    this.view.setInt32(start, this.used - start - 4);
    return this;
  }

  private reserve(bytes: number): void {
    if (this.used + bytes <= this.buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.buffer.length * 2, this.used + bytes));
    this.buffer.copy(larger, 0, 0, this.used);
    this.hold(larger);
  }

  private hold(buffer: Buffer): void {
    this.buffer = buffer;
    this.view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
  }

  private put16(value: number): void {
    this.view.setInt16(this.used, value);
    this.used += 2;
  }

  private put32(value: number): void {
    this.view.setInt32(this.used, value);
    this.used += 4;
  }
}
