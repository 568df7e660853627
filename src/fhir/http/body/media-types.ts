import type { FastifyRequest } from 'fastify';
import type { Interaction } from '../../../r4/rest/interaction.js';
import { UnsupportedMediaType } from '../../../r4/errors/request-errors.js';

const form = 'application/x-www-form-urlencoded';

/** By its Content-Type. */
export const isForm = (contentType: string): boolean => contentType.toLowerCase().startsWith(form);

/** `POST _search` takes a form, everything else a resource; a body that would be ignored is refused instead. */
export function requireReadable({ method, headers }: FastifyRequest, interaction: Interaction): void {
  const sent = headers['content-type']?.toLowerCase();
  if (sent === undefined || method === 'GET' || method === 'HEAD' || method === 'DELETE') return;
  if (!interaction.kind.startsWith('search-')) return requireResource(sent, interaction);
  if (sent.startsWith(form)) return;
  throw new UnsupportedMediaType(`A search by POST reads its criteria from a form. Send Content-Type: ${form}.`);
}

/** A Binary may come as what it holds, and that may be anything but a form; who reads patches knows their formats. */
function requireResource(sent: string, { kind, type }: Interaction): void {
  if (type === 'Binary' && kind !== 'patch' && !sent.startsWith(form)) return;
  if (sent.startsWith('application/xml-patch+xml')) {
    throw new UnsupportedMediaType(
      'XML Patch is not offered. Send a JSON Patch (application/json-patch+json), or a FHIRPath Patch (Parameters).',
    );
  }
  if (kind !== 'patch' && (sent.startsWith(form) || sent.includes('patch'))) {
    throw new UnsupportedMediaType(
      'Send a FHIR resource here, with Content-Type: application/fhir+json or application/fhir+xml.',
    );
  }
}
