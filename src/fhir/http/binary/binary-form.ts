import type { FastifyRequest } from 'fastify';
import type { Interaction } from '../../../r4/rest/interaction.js';
import { formatOfType, qualityOf } from '../answer/formats.js';
import { essence } from '../../../r4/rest/media-type.js';
import { type Representation, representationOf, representationOfError } from '../answer/representation.js';

/**
 * The form that a request asks for; that of errors only where a Binary may go out as what it holds, which is of any type.
 * Throws {@link NotAcceptable} otherwise.
 */
export function representationFor(
  request: Pick<FastifyRequest, 'headers' | 'url'>,
  { kind, type, query }: Interaction,
): Representation | undefined {
  const mayBeContent = type === 'Binary' && (kind === 'read' || kind === 'vread') && !query.get('_format');
  return mayBeContent ? representationOfError(request) : representationOf(request, query);
}

const fhirTypes: ReadonlySet<string> = new Set(['application/fhir+json', 'application/fhir+xml']);

interface MediaRange {
  readonly type: string;
  readonly quality: number;
}

/**
 * True if a Binary is to be sent as a resource; otherwise as its content, whatever `Accept` says of that
 * (https://hl7.org/fhir/R4/binary.html#rest: "unless specifically requested"). A resource is asked for by `_format`,
 * by a media type of FHIR that is not less welcome than the content, and by one for JSON or XML where the content is
 * not acceptable at all.
 */
export function asksForResource(accept: string | undefined, format: string | null, contentType: string): boolean {
  if (format !== null && format !== '') return true;
  const ranges = (accept ?? '').split(',').map((text) => ({ type: essence(text), quality: qualityOf(text) }));
  const own = essence(contentType);
  const content = qualityOfContent(ranges, own);
  const resource = best(ranges, (type) => fhirTypes.has(type));
  if (resource > content) return true;
  if (resource > 0 && resource === content) return fhirTypes.has(own) || !ranges.some(({ type }) => type === own);
  return content === 0 && best(ranges, (type) => type !== own && formatOfType(type) !== undefined) > 0;
}

/** That of the most specific range (RFC 9110 section 12.5.1). */
function qualityOfContent(ranges: readonly MediaRange[], own: string): number {
  const candidates = [own, `${own.split('/', 1)[0]}/*`, '*/*'];
  const name = candidates.find((candidate) => ranges.some(({ type }) => type === candidate));
  return best(ranges, (type) => type === name);
}

const best = (ranges: readonly MediaRange[], isWanted: (type: string) => boolean): number =>
  Math.max(0, ...ranges.filter(({ type }) => isWanted(type)).map(({ quality }) => quality));
