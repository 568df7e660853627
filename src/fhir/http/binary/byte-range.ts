import { FhirError } from '../../../r4/errors/fhir-error.js';
import type { ByteRange } from '../../storage/binary/binary-contents.js';
import type { StoredVersion } from '../../storage/reading/stored-version.js';
import { readHttpDate } from '../answer/http-date.js';

/** 416: none of the bytes that `Range` asks for is there. */
export class RangeNotSatisfiable extends FhirError {
  readonly status = 416;
  override readonly headers: Readonly<Record<string, string>>;

  constructor(size: number) {
    super({ code: 'value', diagnostics: `The Range begins behind the end of the content, which has ${size} bytes.` });
    this.headers = { 'content-range': `bytes */${size}`, 'accept-ranges': 'bytes' };
  }
}

const oneRange = /^bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*$/i;

/**
 * The bytes that a `Range` header asks for (RFC 9110 section 14). Undefined, which means all of them: without a header,
 * and for what is not one well-formed range of bytes. Throws {@link RangeNotSatisfiable}.
 */
export function readRange(header: string | undefined, size: number): ByteRange | undefined {
  const range = header === undefined || size === 0 ? undefined : rangeOf(header, size);
  if (!range) return undefined;
  if (range.first >= size) throw new RangeNotSatisfiable(size);
  return { first: range.first, last: Math.min(range.last, size - 1) };
}

function rangeOf(header: string, size: number): ByteRange | undefined {
  const [, from = '', to = ''] = oneRange.exec(header) ?? [];
  if (from === '') return to === '' ? undefined : { first: Math.max(size - Number(to), 0), last: size - 1 };
  const range = { first: Number(from), last: to === '' ? Number.POSITIVE_INFINITY : Number(to) };
  return range.last < range.first ? undefined : range;
}

/** RFC 9110 section 13.1.5: the tags of versions are weak, so that none of them matches; the date of the version does. */
export function isCurrentFor(ifRange: string | undefined, { lastUpdated }: StoredVersion): boolean {
  return ifRange === undefined || readHttpDate(ifRange) === lastUpdated.slice(0, 19);
}
