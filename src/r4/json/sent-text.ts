import { elementPlace, type TextPlace } from './element-place.js';
import { objectsOf } from './items.js';
import { isObject, type JsonObject } from './json.js';

const texts = new WeakMap<JsonObject, string>();

/** Keeps the text that a large document was read from, for who would write the same again: see {@link takeSentText}. */
export function keepSentText(document: JsonObject, text: string): void {
  texts.set(document, text);
}

/** Returns the text once: whoever asks later may ask about a document that was changed. */
export function takeSentText(document: JsonObject): string | undefined {
  const text = texts.get(document);
  texts.delete(document);
  return text;
}

/** Where a resource stands in a text: from the root of the document. */
interface Standing {
  readonly text: string;
  readonly path: string;
}

const standings = new WeakMap<JsonObject, Standing>();

/** Keeps the JSON text of a document for as long as the document, so that findings tell line and column; also for resources in Parameters. */
export function rememberText(document: JsonObject, text: string): void {
  standings.set(document, { text, path: 'Resource' });
  if (document['resourceType'] !== 'Parameters') return;
  for (const [at, { resource }] of objectsOf(document['parameter']).entries()) {
    if (isObject(resource)) standings.set(resource, { text, path: `Parameters.parameter[${at}].resource` });
  }
}

/** Place of an element in the text as sent; undefined where that is not known. */
export function sentPlace(resource: JsonObject, expression: string): TextPlace | undefined {
  const standing = standings.get(resource);
  return standing && elementPlace(standing.text, standing.path + expression.replace(/^[^.[]*/, ''));
}
