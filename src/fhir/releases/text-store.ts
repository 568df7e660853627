import { InvalidRelease } from '../storage/concepts/release-concept.js';

/** Bytes of one part of the memory; a text of the longest line fits in. */
const chunkBits = 26;
const chunkSize = 2 ** chunkBits;
/** Parts that one load may have: 1 GiB. */
const mostChunks = 16;
const mostForCharacter = 3;

/** Texts as UTF-8 outside of the heap, where no collection of garbage looks at them. */
export class TextStore {
  private readonly chunks: Buffer[] = [];
  private used = chunkSize;

  /** Where the text is. Throws {@link InvalidRelease} where there are too many. */
  add(text: string): number {
    const most = 4 + text.length * mostForCharacter;
    if (this.used + most > chunkSize) this.grow();
    const chunk = this.chunks.at(-1)!;
    const at = this.used;
    const length = chunk.write(text, at + 4);
    chunk.writeInt32LE(length, at);
    this.used += 4 + length;
    return (this.chunks.length - 1) * chunkSize + at;
  }

  at(place: number): string {
    const chunk = this.chunks[place >> chunkBits]!;
    const start = (place & (chunkSize - 1)) + 4;
    return chunk.toString('utf8', start, start + chunk.readInt32LE(start - 4));
  }

  private grow(): void {
    if (this.chunks.length === mostChunks)
      throw new InvalidRelease(
        `has more than ${(mostChunks * chunkSize) / 2 ** 20} MB of texts, which is more than one load takes. Leave out files that are not needed, such as those of other languages.`,
      );
    this.chunks.push(Buffer.allocUnsafeSlow(chunkSize));
    this.used = 0;
  }
}
