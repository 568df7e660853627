import { isObject, type Json, type JsonObject } from '../../../json/json.js';
import type { ValueSink } from '../value-sink.js';
import { each } from '../../../json/items.js';
import { type ValueIndexer, type ValueIndexers } from './value-indexer.js';

const indexText: ValueIndexer = (value, sink) => {
  if (typeof value !== 'string') return;
  sink.text(value);
  sink.sortText(value);
};

/** Each part is an entry of its own, so that a search matches the start of any of them; `sorted` parts make the sort key. */
const indexParts =
  (sorted: readonly string[], ...others: readonly string[]): ValueIndexer =>
  (value, sink) => {
    if (!isObject(value)) return;
    const key = textsOf(value, sorted);
    addTexts(key, sink);
    addTexts(textsOf(value, others), sink);
    sink.sortText(key.length > 0 ? key.join(' ') : (textsOf(value, ['text'])[0] ?? ''));
  };

const textsOf = (value: JsonObject, parts: readonly string[]): readonly string[] =>
  parts.flatMap((part) => each(value[part]).filter((text: Json): text is string => typeof text === 'string'));

function addTexts(texts: readonly string[], sink: ValueSink): void {
  for (const text of texts) sink.text(text);
}

/** https://hl7.org/fhir/R4/search.html#string */
export const stringIndexers: ValueIndexers = {
  string: indexText,
  HumanName: indexParts(['family', 'given'], 'text', 'prefix', 'suffix'),
  Address: indexParts(['line', 'city', 'district', 'state', 'postalCode', 'country'], 'text'),
};
