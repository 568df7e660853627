import type { FastifyRequest } from 'fastify';
import { essence } from '../../../r4/rest/media-type.js';
import { formatOfType, qualityOf } from './formats.js';
import { queryOf } from './representation.js';

/** True if an answer is wanted as text: `text/plain` or another media type, by `_format` or before JSON and XML in `Accept`. */
export function prefersText(
  { headers, url }: Pick<FastifyRequest, 'headers' | 'url'>,
  mediaType: 'text/plain' | 'text/csv' = 'text/plain',
): boolean {
  const named = queryOf(url).get('_format');
  if (named)
    return (
      (named === 'text' && mediaType === 'text/plain') || essence(named) === mediaType || `text/${named}` === mediaType
    );
  const ranges = (headers.accept ?? '').split(',').map((text) => ({ type: essence(text), quality: qualityOf(text) }));
  const quality = (isWanted: (type: string) => boolean): number =>
    Math.max(0, ...ranges.filter(({ type }) => isWanted(type)).map((range) => range.quality));
  const plain = quality((type) => type === mediaType);
  return plain > 0 && plain >= quality((type) => formatOfType(type) !== undefined);
}
