import type { FastifyRequest } from 'fastify';
import { essence } from '../../../r4/rest/media-type.js';
import { formatOfType, qualityOf } from './formats.js';

/** Default `Accept` of the HTTP client of Java's runtime: it is no browser. */
const javaDefault = /^text\/html, image\/gif, image\/jpeg, \*; ?q=/;

/** A request whose method is not known is none that wants a page. */
export type PageRequest = Pick<FastifyRequest, 'headers' | 'url'> & { readonly method?: string };

/**
 * True if the client wants a page (RFC 9110 section 12.5.1): `text/html` is named, and no format of FHIR is named that
 * is more welcome, or as welcome and earlier. `_format` wins, whatever it says.
 */
export function prefersHtml({ method, headers, url }: PageRequest): boolean {
  const { accept } = headers;
  const mayBe = (method === 'GET' || method === 'HEAD') && !/[?&]_format=[^&]/.test(url);
  return mayBe && accept !== undefined && /text\/html/i.test(accept) && !javaDefault.test(accept) && isFirst(accept);
}

function isFirst(accept: string): boolean {
  let best = 0;
  let isHtml = false;
  for (const range of accept.split(',')) {
    const type = essence(range);
    if (type !== 'text/html' && formatOfType(type) === undefined) continue;
    const quality = qualityOf(range);
    if (quality > best) [best, isHtml] = [quality, type === 'text/html'];
  }
  return isHtml;
}
