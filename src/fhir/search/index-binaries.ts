import { isObject, type Json, type JsonObject } from '../model/json.js';
import { parseReference } from '../model/reference.js';
import type { IndexCollector } from './index-collector.js';
import { each, plainText } from './indexers/value-indexer.js';

/** Index parameters of our own; no search can name them. */
export const securityContextParameter = '~security-context';
export const binaryParameter = '~binary';

/** Where the types that lend their visibility to a Binary hold Attachments (architecture 3.4). */
const attachmentPaths: Readonly<Record<string, readonly string[]>> = {
  DocumentReference: ['content', 'attachment'],
  DiagnosticReport: ['presentedForm'],
  Media: ['content'],
};

/** References that decide who sees a Binary: its own `securityContext`, and the Attachments that point to it. */
export function indexBinaries(type: string, resource: JsonObject, collector: IndexCollector): void {
  collector.opensCompartment = false;
  const { securityContext } = resource;
  if (type === 'Binary' && isObject(securityContext)) {
    indexLocal(securityContextParameter, plainText(securityContext['reference']), collector);
  }
  const path = attachmentPaths[type];
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
