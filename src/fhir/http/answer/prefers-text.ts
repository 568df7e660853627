import type { FastifyRequest } from 'fastify';
import { essence } from '../../../r4/rest/media-type.js';
import { formatOfType, qualityOf } from './formats.js';
import { queryOf } from './representation.js';

/** True if an explanation is wanted as text: `text/plain`, by `_format` or before JSON and XML in `Accept`. */
export function prefersText({ headers, url }: Pick<FastifyRequest, 'headers' | 'url'>): boolean {
  const named = queryOf(url).get('_format');
  if (named) return named === 'text' || essence(named) === 'text/plain';
  const ranges = (headers.accept ?? '').split(',').map((text) => ({ type: essence(text), quality: qualityOf(text) }));
  const quality = (isWanted: (type: string) => boolean): number =>
    Math.max(0, ...ranges.filter(({ type }) => isWanted(type)).map((range) => range.quality));
  const plain = quality((type) => type === 'text/plain');
  return plain > 0 && plain >= quality((type) => formatOfType(type) !== undefined);
}
