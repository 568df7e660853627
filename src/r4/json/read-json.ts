import { type DocumentLimits, TooManyValues } from './json-limits.js';
import { JsonReading } from './json-reading.js';
import { type Json, parseJson } from './json.js';

/** Characters that are parsed in one go: less than a tenth of a turn. */
export const atOnce = 65_536;

/**
 * Parses JSON that a client sent, like `parseJson` and within limits; what is large is parsed in turns with other requests.
 * Throws `MalformedJson` (400) and {@link TooManyValues} (413).
 */
export function readJson(text: string, limits: DocumentLimits): Json | Promise<Json> {
  return text.length > atOnce ? JsonReading.inTurns(text, limits) : readShortJson(text, limits);
}

/** Parses without turns, for text that another limit keeps short; throws the same. */
export function readShortJson(text: string, limits: DocumentLimits): Json {
  try {
    return parseJson(text, limits.depthLimit, limits);
  } catch (error) {
    if (!(error instanceof TooManyValues)) throw error;
    // It knows the place.
    new JsonReading(text, limits).read(Number.POSITIVE_INFINITY);
    throw error;
  }
}
