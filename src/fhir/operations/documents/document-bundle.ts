import { randomUUID } from 'node:crypto';
import type { LinkedVersion } from '../../storage/searching/linked-version.js';

/** A resource of a document that is stored nowhere. */
export interface MadeResource {
  /** `urn:uuid:…` */
  readonly fullUrl: string;
  readonly body: string;
}

type Row = Pick<LinkedVersion, 'type' | 'id' | 'body'>;

/** A document (https://hl7.org/fhir/R4/documents.html) as text around stored bodies; the Composition is the first entry. */
export const documentText = (base: string, entries: readonly (Row | MadeResource)[], profile?: string): string =>
  `${documentHead(profile)},"entry":[${entries.map((one) => documentEntry(base, one)).join(',')}]}`;

/** The text of a document up to its entries. */
export function documentHead(profile?: string): string {
  const head = {
    resourceType: 'Bundle',
    ...(profile !== undefined && { meta: { profile: [profile] } }),
    identifier: { system: 'urn:ietf:rfc:3986', value: `urn:uuid:${randomUUID()}` },
    type: 'document',
    timestamp: new Date().toISOString(),
  };
  return JSON.stringify(head).slice(0, -1);
}

export const documentEntry = (base: string, one: Row | MadeResource): string =>
  `{"fullUrl":${JSON.stringify('fullUrl' in one ? one.fullUrl : `${base}/${one.type}/${one.id}`)},"resource":${one.body}}`;

/** A resource that only the document has, with its address. */
export function madeResource(resource: object): MadeResource & { readonly fullUrl: string } {
  const id = randomUUID();
  const { resourceType, ...rest } = resource as { readonly resourceType: string };
  return { fullUrl: `urn:uuid:${id}`, body: JSON.stringify({ resourceType, id, ...rest }) };
}
