import { isObject } from '../../../json/json.js';
import { parseReference } from '../../../model/reference.js';
import { isResourceType } from '../../../model/resource-types.js';
import type { ValueSink } from '../value-sink.js';
import { plainText, type ValueIndexer, type ValueIndexers } from './value-indexer.js';

const versionOfUrl = /^([A-Za-z][A-Za-z0-9+.-]*:.+)\/_history\/[A-Za-z0-9\-.]{1,64}$/;

/** A literal reference or canonical: to a resource of ours, or to anything elsewhere; found without its version too. */
export function indexLiteral(literal: string, sink: ValueSink): void {
  if (literal === '') return;
  if (literal.startsWith('#')) return sink.containedReference();
  const local = parseReference(literal, sink.base);
  if (local && isResourceType(local.type)) return sink.localReference(local.type, local.id);
  sink.url(literal);
  const unversioned = versionOfUrl.exec(literal)?.[1];
  if (unversioned !== undefined) sink.url(unversioned);
}

const indexReference: ValueIndexer = (reference, sink) => {
  if (!isObject(reference)) return;
  indexLiteral(plainText(reference['reference']), sink);
  const identifier = reference['identifier'];
  if (!isObject(identifier)) return;
  const value = plainText(identifier['value']);
  const system = plainText(identifier['system']);
  if (value !== '' || system !== '') sink.referenceIdentifier(value, system);
};

/** `url|version`, found with and without its version (https://hl7.org/fhir/R4/references.html#canonical). */
export const indexCanonical: ValueIndexer = (value, sink) => {
  const canonical = plainText(value);
  const version = canonical.lastIndexOf('|');
  indexLiteral(canonical, sink);
  if (version > 0) indexLiteral(canonical.slice(0, version), sink);
};

/** https://hl7.org/fhir/R4/search.html#reference */
export const referenceIndexers: ValueIndexers = {
  Reference: indexReference,
  canonical: indexCanonical,
  uri: (value, sink) => indexLiteral(plainText(value), sink),
};
