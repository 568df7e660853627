import { isObject, type Json, type JsonObject } from '../../json/json.js';
import { binaryReferrers } from '../../model/patient-compartment.js';
import { parseReference } from '../../model/reference.js';
import type { IndexCollector } from './index-collector.js';
import { unitSeparator } from './index-values.js';
import { each } from '../../json/items.js';
import { plainText } from './indexers/value-indexer.js';

/** Index parameters of our own; no search can name them. */
export const securityContextParameter = '~security-context';
const binaryParameter = '~binary';
/** Start of the entry of a pointer at a Binary; the id follows. */
export const binaryEntryStart = `${binaryParameter}${unitSeparator}Binary/`;

/** References that decide who sees a Binary: its own `securityContext`, and the Attachments that point to it. */
export function indexBinaries(type: string, resource: JsonObject, collector: IndexCollector): void {
  collector.opensCompartment = false;
  const { securityContext } = resource;
  if (type === 'Binary' && isObject(securityContext)) {
    indexLocal(securityContextParameter, plainText(securityContext['reference']), collector);
  }
  const path = binaryReferrers.get(type);
  if (!path) return;
  for (const attachment of path.reduce<readonly Json[]>(valuesAt, [resource])) {
    const url = isObject(attachment) ? plainText(attachment['url']) : '';
    if (parseReference(url, collector.base)?.type === 'Binary') indexLocal(binaryParameter, url, collector);
  }
}

const valuesAt = (nodes: readonly Json[], name: string): readonly Json[] =>
  nodes.flatMap((node) => (isObject(node) ? each(node[name]) : []));

function indexLocal(parameter: string, literal: string, collector: IndexCollector): void {
  const local = parseReference(literal, collector.base);
  if (!local) return;
  collector.parameter = parameter;
  collector.localReference(local.type, local.id);
}
