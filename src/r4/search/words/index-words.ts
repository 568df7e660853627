import { propertyType } from '../../model/elements.js';
import { isObject, type Json, type JsonObject } from '../../json/json.js';
import { narrativeText } from './narrative-text.js';
import { WordVector } from './word-vector.js';

/** Types whose values are for people, and codes. Dates, numbers, URLs and ids have parameters of their own. */
const texts = new Set(['string', 'markdown', 'code']);

/** Strings that name something: `Element.id`, `Reference.reference`. */
const names = new Set(['id', 'reference']);

/**
 * The words of a resource as a `tsvector`, for `_text` and `_content`: those of its narrative have the weight A. `''`
 * when it has none.
 */
export function indexWords(resource: JsonObject): string {
  const vector = new WordVector();
  const { resourceType, text, ...rest } = resource;
  const type = typeof resourceType === 'string' ? resourceType : '';
  const isNarrative = isObject(text) && propertyType(type, 'text')?.type === 'Narrative';
  if (isNarrative && typeof text['div'] === 'string') vector.add(narrativeText(text['div']), 'A');
  addObject(isNarrative ? rest : resource, type, vector);
  return vector.text();
}

/** Adds words of further elements of a resource that has no narrative; those before stay as they are. */
export function wordsOfElements(elements: JsonObject, type: string, before = new WordVector()): WordVector {
  const vector = before.copy();
  addObject(elements, type, vector);
  return vector;
}

function addObject(object: JsonObject, type: string, vector: WordVector): void {
  for (const property in object) {
    const value = object[property]!;
    if (names.has(property) && typeof value === 'string') continue;
    const known = propertyType(type, property);
    if (known) addValue(value, known.type, vector);
  }
}

function addValue(value: Json, type: string, vector: WordVector): void {
  if (typeof value === 'string') {
    if (texts.has(type)) vector.add(value);
    // The narrative of a contained resource.
    else if (type === 'xhtml') vector.add(narrativeText(value));
  } else if (Array.isArray(value)) {
    for (const item of value as readonly Json[]) addValue(item, type, vector);
  } else if (isObject(value)) {
    const { resourceType } = value;
    const isResource = type === 'Resource' && typeof resourceType === 'string';
    addObject(value, isResource ? resourceType : type, vector);
  }
}
