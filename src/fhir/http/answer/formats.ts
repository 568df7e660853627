import { essence } from '../../../r4/rest/media-type.js';

/** The formats that R4 defines and this server offers, in order of preference. */
export type Format = 'json' | 'xml';

const formatsByType: ReadonlyMap<string, Format> = new Map([
  ['application/fhir+json', 'json'],
  ['application/json', 'json'],
  ['text/json', 'json'],
  ['application/fhir+xml', 'xml'],
  ['application/xml', 'xml'],
  ['text/xml', 'xml'],
]);

const both: readonly Format[] = ['json', 'xml'];
const wildcards: ReadonlyMap<string, readonly Format[]> = new Map([
  ['*/*', both],
  ['application/*', both],
  ['text/*', both],
]);

/** The format of a media type, parameters ignored: `application/fhir+xml; charset=utf-8` is `xml`. */
export const formatOfType = (contentType: string): Format | undefined => formatsByType.get(essence(contentType));

/** Returns the format that `_format` names: `json`, `xml` or a media type; its plus sign may have become a space. */
export function namedFormat(text: string): Format | undefined {
  if (isOfOtherVersion(text)) return undefined;
  const name = essence(text);
  return name === 'json' || name === 'xml' ? name : formatsByType.get(name.replace(' ', '+'));
}

/** One media range of `Accept` that the server can answer. */
interface Range {
  readonly formats: readonly Format[];
  readonly isExact: boolean;
  readonly quality: number;
}

/**
 * The best format by RFC 9110 12.5.1. Of equal quality, one that is named precedes one that a wildcard admits, and then
 * the first named. Undefined: none is acceptable.
 */
export function acceptedFormat(accept: string | undefined): Format | undefined {
  if (accept === undefined || accept === '' || accept === '*/*' || accept === 'application/fhir+json') return 'json';
  const ranges = accept.split(',').flatMap(readRange);
  let best: Range | undefined;
  for (const range of [...ranges.filter((one) => one.isExact), ...wildcardRanges(ranges)]) {
    if (range.quality > (best?.quality ?? 0)) best = range;
  }
  return best?.formats[0];
}

/** A format that is named takes the quality it is named with, whatever a wildcard says. */
function wildcardRanges(ranges: readonly Range[]): readonly Range[] {
  const named = new Set(ranges.flatMap(({ isExact, formats }) => (isExact ? formats : [])));
  return ranges
    .filter((range) => !range.isExact)
    .map((range) => ({ ...range, formats: range.formats.filter((format) => !named.has(format)) }))
    .filter(({ formats }) => formats.length > 0);
}

function readRange(text: string): readonly Range[] {
  if (isOfOtherVersion(text)) return [];
  const type = essence(text);
  const format = formatsByType.get(type);
  const formats = format ? [format] : wildcards.get(type);
  return formats ? [{ formats, isExact: format !== undefined, quality: qualityOf(text) }] : [];
}

/** A quality that is not well-formed counts as 1, as if it was absent. */
export function qualityOf(text: string): number {
  const value = /;\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*(?:;|$)/i.exec(text)?.[1];
  return value === undefined ? 1 : Number(value);
}

const isOfOtherVersion = (text: string): boolean => /fhirVersion\s*=\s*"?(?!4\.0\b)[\d.]+/i.test(text);
