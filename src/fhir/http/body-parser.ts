import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { InvalidRequest } from '../model/fhir-error.js';
import type { FhirOptions } from '../model/fhir-options.js';
import { BodyTooLarge, UnsupportedMediaType } from '../model/request-errors.js';

const mediaTypes = [
  'application/fhir+json',
  'application/json',
  'application/json-patch+json',
  'application/x-www-form-urlencoded',
];

/** Hands bodies on as text: only text keeps decimals, key order and duplicate names visible. */
export function readBodiesAsText(fastify: FastifyInstance, options: FhirOptions): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser(mediaTypes, (request: FastifyRequest, payload: IncomingMessage) =>
    readText(request, payload, options),
  );
  fastify.addContentTypeParser('*', (request: FastifyRequest) => refuseMediaType(request));
}

async function refuseMediaType(request: FastifyRequest): Promise<never> {
  const sent = (request.headers['content-type'] ?? '').replace(/[^\x20-\x7e]/g, '?').slice(0, 80);
  throw new UnsupportedMediaType(
    `Content-Type "${sent}" is not read here. Send application/fhir+json (or application/json).`,
  );
}

async function readText(request: FastifyRequest, payload: IncomingMessage, options: FhirOptions): Promise<string> {
  const coding = request.headers['content-encoding'];
  if (coding !== undefined && coding !== 'identity') {
    throw new UnsupportedMediaType('Compressed bodies (Content-Encoding) are not read here. Send the body as it is.');
  }
  const bytes = await collect(payload, limitOf(request, options), Number(request.headers['content-length'] ?? 0));
  if (!isUtf8(bytes)) throw new InvalidRequest({ code: 'structure', diagnostics: 'The body is not UTF-8 text.' });
  const text = bytes.toString('utf8');
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}

interface Limit {
  readonly bytes: number;
  readonly setting: string;
}

const credentialPath = /^\/(?:login|refresh|logout|revoke)$/;

function limitOf(request: FastifyRequest, { basePath, bodyLimit, bundleLimit }: FhirOptions): Limit {
  const [path = ''] = request.url.split('?', 1);
  if (path === basePath || path === `${basePath}/`) return { bytes: bundleLimit, setting: 'BUNDLE_LIMIT' };
  if (path.startsWith(basePath) && !credentialPath.test(path.slice(basePath.length))) {
    return { bytes: bodyLimit, setting: 'BODY_LIMIT' };
  }
  // Everything else takes small forms only.
  return { bytes: 65_536, setting: 'none: fixed' };
}

async function collect(payload: IncomingMessage, limit: Limit, announced: number): Promise<Buffer> {
  if (announced > limit.bytes) throw new BodyTooLarge(limit.bytes, limit.setting);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of arriving(payload)) {
    size += chunk.length;
    if (size > limit.bytes) throw new BodyTooLarge(limit.bytes, limit.setting);
    chunks.push(chunk);
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size);
}

/** A client that goes away in the middle is no defect of the server. */
async function* arriving(payload: IncomingMessage): AsyncGenerator<Buffer> {
  try {
    yield* payload as AsyncIterable<Buffer>;
  } catch {
    throw new InvalidRequest({ code: 'incomplete', diagnostics: 'The body ended before it was complete.' });
  }
}
