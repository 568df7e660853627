import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { InvalidRequest } from '../model/fhir-error.js';
import type { FhirOptions } from '../model/fhir-options.js';
import { printable, UnsupportedMediaType } from '../model/request-errors.js';
import { isBinaryWrite } from './binary-upload.js';
import { type BodyLimit, collect, decodeUtf8, requirePlainCoding } from './body-bytes.js';
import type { FhirRequest } from './fhir-request.js';

const mediaTypes = [
  'application/fhir+json',
  'application/json',
  'application/fhir+xml',
  'application/xml',
  'text/xml',
  'application/json-patch+json',
  'application/x-www-form-urlencoded',
];

/** Hands bodies on as text: only text keeps decimals, key order and duplicate names visible. Binaries are read later. */
export function readBodiesAsText(fastify: FastifyInstance, options: FhirOptions): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser(mediaTypes, async (request: FhirRequest, payload: IncomingMessage) =>
    isBinaryWrite(request.interaction) ? undefined : readText(request, payload, options),
  );
  fastify.addContentTypeParser('*', async (request: FhirRequest) =>
    isBinaryWrite(request.interaction) ? undefined : refuseMediaType(request),
  );
}

async function refuseMediaType(request: FastifyRequest): Promise<never> {
  const sent = printable(request.headers['content-type'] ?? '').slice(0, 80);
  const patches = request.method === 'PATCH' ? 'application/json-patch+json, or Parameters as ' : '';
  throw new UnsupportedMediaType(
    `Content-Type "${sent}" is not read here. Send ${patches}application/fhir+json or application/fhir+xml.`,
  );
}

async function readText(request: FastifyRequest, payload: IncomingMessage, options: FhirOptions): Promise<string> {
  requirePlainCoding(request);
  requireUtf8(request.headers['content-type'] ?? '');
  const text = decodeUtf8(await collect(payload, limitOf(request, options)));
  if (text !== undefined) return text;
  throw new InvalidRequest({ code: 'structure', diagnostics: 'The body is not UTF-8 text.' });
}

/** What the bytes are is checked, too; a label that says otherwise would be wrong about one of them. */
function requireUtf8(contentType: string): void {
  const charset = /;\s*charset\s*=\s*"?([^\s;"]*)/i.exec(contentType)?.[1] ?? 'utf-8';
  if (/^(?:utf-?8|us-ascii)$/i.test(charset)) return;
  throw new UnsupportedMediaType(`Bodies are read as UTF-8; charset=${charset.slice(0, 40)} is not. Convert the body.`);
}

const credentialPath = /^\/(?:login|refresh|logout|revoke)$/;

function limitOf(request: FastifyRequest, { basePath, bodyLimit, bundleLimit }: FhirOptions): BodyLimit {
  const [path = ''] = request.url.split('?', 1);
  if (path === `${basePath}/$explain-access`) return { bytes: 1_048_576, setting: 'none: fixed' };
  if (path === basePath || path === `${basePath}/`) return { bytes: bundleLimit, setting: 'BUNDLE_LIMIT' };
  if (path.startsWith(basePath) && !credentialPath.test(path.slice(basePath.length))) {
    return { bytes: bodyLimit, setting: 'BODY_LIMIT' };
  }
  // Everything else takes small forms only.
  return { bytes: 65_536, setting: 'none: fixed' };
}
