import { isObject, type Json } from '../../../json/json.js';
import type { ValueSink } from '../value-sink.js';
import { each } from '../../../json/items.js';
import { plainText, type ValueIndexer, type ValueIndexers } from './value-indexer.js';

const indexCoding: ValueIndexer = (value, sink) => {
  if (!isObject(value)) return;
  const code = plainText(value['code']);
  const system = plainText(value['system']);
  if (code !== '' || system !== '') sink.token(code, system);
  indexDisplay(value['display'], sink);
};

const indexDisplay = (text: Json | undefined, sink: ValueSink): void => {
  if (typeof text === 'string') sink.tokenText(text);
};

const indexIdentifier: ValueIndexer = (identifier, sink) => {
  if (!isObject(identifier)) return;
  const value = plainText(identifier['value']);
  const system = plainText(identifier['system']);
  if (value !== '' || system !== '') sink.token(value, system);
  const type = identifier['type'];
  if (!isObject(type)) return;
  indexDisplay(type['text'], sink);
  if (value === '') return;
  for (const coding of each(type['coding'])) {
    const code = isObject(coding) ? plainText(coding['code']) : '';
    if (isObject(coding) && code !== '') sink.typedIdentifier(value, code, plainText(coding['system']));
  }
};

const indexText: ValueIndexer = (value, sink, system) => {
  const code = plainText(value);
  if (code !== '') sink.token(code, system);
};

/** https://hl7.org/fhir/R4/search.html#token */
export const tokenIndexers: ValueIndexers = {
  Coding: indexCoding,
  CodeableConcept: (value, sink, system) => {
    if (!isObject(value)) return;
    for (const coding of each(value['coding'])) indexCoding(coding, sink, system);
    indexDisplay(value['text'], sink);
  },
  Identifier: indexIdentifier,
  ContactPoint: (value, sink) => {
    if (isObject(value)) indexText(value['value'] ?? null, sink, '');
  },
  string: indexText,
  uri: indexText,
  boolean: (value, sink) => {
    if (typeof value === 'boolean') sink.token(String(value), '');
  },
};
