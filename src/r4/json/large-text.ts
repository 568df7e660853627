import type { JsonObject } from './json.js';

const texts = new WeakMap<JsonObject, string>();

/** Keeps the text that a large document was read from, for who would write the same again: see {@link takeLargeText}. */
export function keepLargeText(document: JsonObject, text: string): void {
  texts.set(document, text);
}

/** Returns the text once: whoever asks later may ask about a document that was changed. */
export function takeLargeText(document: JsonObject): string | undefined {
  const text = texts.get(document);
  texts.delete(document);
  return text;
}
