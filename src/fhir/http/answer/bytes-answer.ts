import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { BytesAnswer } from '../../operations/operation.js';
import { readRange } from '../binary/byte-range.js';
import type { FhirRequest } from '../fhir-request.js';
import { type FhirAnswer, varyOfFhir } from './answer.js';

/** Bytes of an operation: a part of them, or all, compressed for who accepts that. They never change, so that every part fits. */
export function bytesAnswer({ method, headers: asked }: FhirRequest, answer: BytesAnswer): FhirAnswer {
  const { contentType, size } = answer;
  const range = method === 'GET' && asked['if-range'] === undefined ? readRange(asked.range, size) : undefined;
  const { first, last } = range ?? { first: 0, last: size - 1 };
  const isCompressed = !range && acceptsGzip(asked['accept-encoding']);
  const headers = {
    'content-type': contentType,
    'cache-control': 'private, no-store',
    vary: `${varyOfFhir}, Accept-Encoding`,
    'x-content-type-options': 'nosniff',
    'content-disposition': 'attachment',
    ...(isCompressed
      ? { 'content-encoding': 'gzip' }
      : { 'accept-ranges': 'bytes', 'content-length': String(last - first + 1) }),
    ...(range && { 'content-range': `bytes ${first}-${last}/${size}` }),
  };
  const status = range ? 206 : 200;
  // For HEAD, a stream leaves Content-Length as it is.
  if (method === 'HEAD') return { status, headers, bytes: Readable.from([], { objectMode: false }) };
  const bytes = Readable.from(answer.read({ first, last }), { objectMode: false });
  return { status, headers, bytes: isCompressed ? compressed(bytes) : bytes };
}

/** An error ends the answer early, so that no client takes a part for the whole. */
function compressed(bytes: Readable): Readable {
  const gzip = createGzip({ level: 1 });
  bytes.on('error', (error) => gzip.destroy(error));
  gzip.on('close', () => bytes.destroy());
  return bytes.pipe(gzip);
}

/** RFC 9110 section 12.5.3 */
const acceptsGzip = (header: string | readonly string[] | undefined): boolean =>
  String(header ?? '')
    .toLowerCase()
    .split(',')
    .map((one) => one.trim().split(/\s*;\s*/))
    .some(([name, weight = 'q=1']) => (name === 'gzip' || name === 'x-gzip') && !/^q=0(?:\.0*)?$/.test(weight));
