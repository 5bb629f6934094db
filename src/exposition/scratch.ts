/** A buffer that grows and is used again: what is written into it is taken out as a copy of just its size. */

/** Large enough for the most that a metric of some groups takes. */
const initialBytes = 65_536;

export class Scratch {
  bytes = Buffer.allocUnsafeSlow(initialBytes);
  length = 0;

  /** Makes room for so many more bytes. */
  reserve(more: number): void {
    const wanted = this.length + more;
    if (wanted <= this.bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(wanted, 2 * this.bytes.length));
    this.bytes.copy(grown, 0, 0, this.length);
    this.bytes = grown;
  }

  /** Appends `from[begin..end)`. */
  copy(from: Buffer, begin: number, end: number): void {
    if (begin >= end) return;
    this.reserve(end - begin);
    from.copy(this.bytes, this.length, begin, end);
    this.length += end - begin;
  }

  text(text: string): void {
    // A character takes three bytes at most.
    this.reserve(3 * text.length);
    this.length += this.bytes.write(text, this.length);
  }

  /** A short text of ASCII characters. A call of the buffer's own would take longer than to write them one by one. */
  ascii(text: string): void {
    this.reserve(text.length);
    for (let index = 0; index < text.length; index++) this.bytes[this.length++] = text.charCodeAt(index);
  }

  byte(value: number): void {
    this.reserve(1);
    this.bytes[this.length++] = value;
  }

  /** The eight bytes of a double, little-endian. */
  double(value: number): void {
    this.reserve(8);
    this.length = this.bytes.writeDoubleLE(value, this.length);
  }

  /** @param room free bytes before what was written */
  take(room = 0): Buffer {
    const taken = Buffer.allocUnsafeSlow(room + this.length);
    this.bytes.copy(taken, room, 0, this.length);
    this.length = 0;
    return taken;
  }
}
