import { type JsonObject, parseJson } from './json.js';
import { JsonReading } from './json-reading.js';
import { atOnce } from './read-json.js';

const noLimits = { depthLimit: Number.POSITIVE_INFINITY, valuesLimit: Number.POSITIVE_INFINITY };

/** The resource of a stored text; a promise where it is large, which is read in turns with other requests. */
export function readStored(body: string): JsonObject | Promise<JsonObject> {
  const parsed = (): JsonObject => parseJson(body) as JsonObject;
  if (body.length <= atOnce) return parsed();
  // Earlier releases stored objects with more names, and longer numbers, than are read in turns.
  return JsonReading.inTurns(body, noLimits).then((read) => read as JsonObject, parsed);
}
