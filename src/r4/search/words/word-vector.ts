import { wordsOf } from './words-of.js';

/** Limits of PostgreSQL's `tsvector`: the highest position, and the positions of one word. */
const lastPosition = 16_383;
const mostPositions = 255;

/** It stores a megabyte for one `tsvector`; of a resource with more, the rest is not found by its words. */
const mostBytes = 900_000;

/** Gathers words and their places in the text form of `tsvector`. */
export class WordVector {
  private places = new Map<string, string[]>();
  private position = 0;
  /** Of the last word. */
  private last = 0;
  private bytes = 0;

  /** Texts are kept apart, so that no phrase begins in one and ends in another. */
  add(text: string, weight: 'A' | '' = ''): void {
    for (const word of wordsOf(text)) this.put(word, weight);
    this.position += 1;
  }

  copy(): WordVector {
    const vector = new WordVector();
    vector.places = new Map(Array.from(this.places, ([word, places]) => [word, [...places]]));
    vector.position = this.position;
    vector.last = this.last;
    vector.bytes = this.bytes;
    return vector;
  }

  /** Places between the last word and the next text. */
  get gap(): number {
    return this.position - this.last;
  }

  text(): string {
    let text = '';
    for (const [word, places] of this.places) text += `${text === '' ? '' : ' '}'${word}':${places.join(',')}`;
    return text;
  }

  private put(word: string, weight: string): void {
    if (this.position < lastPosition) this.position += 1;
    const places = this.places.get(word);
    const more = places ? 2 : 6 + Buffer.byteLength(word);
    this.last = this.position;
    if (this.bytes + more > mostBytes || (places && places.length >= mostPositions)) return;
    this.bytes += more;
    const place = `${Math.min(this.position, lastPosition)}${weight}`;
    if (places) places.push(place);
    else this.places.set(word, [place]);
  }
}
