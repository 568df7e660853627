import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { FhirOptions } from '../../fhir-options.js';
import { JsonMeter } from '../../../r4/json/json-meter.js';
import { printable, UnsupportedMediaType } from '../../../r4/errors/request-errors.js';
import { XmlMeter } from '../../../r4/xml/xml-meter.js';
import { isBinaryWrite } from '../binary/binary-upload.js';
import { receiveText, requirePlainCoding } from './body-bytes.js';
import { isForm, limitOf } from './body-limits.js';
import { type BodyMemory, holdOf } from './body-memory.js';
import type { FhirRequest } from '../fhir-request.js';
import { formatOfType } from '../answer/formats.js';
import type { LargeBody } from './large-body.js';

const mediaTypes = [
  'application/fhir+json',
  'application/json',
  'application/fhir+xml',
  'application/xml',
  'text/xml',
  'application/json-patch+json',
  'application/x-www-form-urlencoded',
];

/**
 * Hands bodies on as text: only text keeps decimals, key order and duplicate names visible. Large ones stay bytes, and
 * Binaries are read later.
 */
export function readBodiesAsText(fastify: FastifyInstance, options: FhirOptions, memory: BodyMemory): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser(mediaTypes, async (request: FhirRequest, payload: IncomingMessage) =>
    isBinaryWrite(request.interaction) ? undefined : readText(request, payload, { options, memory }),
  );
  fastify.addContentTypeParser('*', async (request: FhirRequest) =>
    isBinaryWrite(request.interaction) ? undefined : refuseMediaType(request),
  );
  // Any answer means that work on the body is over.
  fastify.addHook('onSend', (request: FhirRequest, _reply: FastifyReply, _payload: unknown, done: () => void) => {
    request.bodyHold?.release();
    done();
  });
}

async function refuseMediaType(request: FastifyRequest): Promise<never> {
  const sent = printable(request.headers['content-type'] ?? '').slice(0, 80);
  const patches = request.method === 'PATCH' ? 'application/json-patch+json, or Parameters as ' : '';
  throw new UnsupportedMediaType(
    `Content-Type "${sent}" is not read here. Send ${patches}application/fhir+json or application/fhir+xml.`,
  );
}

interface Means {
  readonly options: FhirOptions;
  readonly memory: BodyMemory;
}

async function readText(
  request: FhirRequest,
  payload: IncomingMessage,
  { options, memory }: Means,
): Promise<string | LargeBody> {
  requirePlainCoding(request);
  requireUtf8(request.headers['content-type'] ?? '');
  return receiveText(payload, {
    limit: limitOf(request, options, memory),
    hold: holdOf(request, memory),
    meter: request.interaction && !isForm(request) ? () => meterFor(request, options) : undefined,
    isHashed: request.headers['idempotency-key'] !== undefined,
  });
}

function meterFor({ headers, interaction }: FhirRequest, options: FhirOptions): LargeBody['meter'] {
  if (formatOfType(headers['content-type'] ?? '') === 'xml') return new XmlMeter(options.valuesLimit);
  const limits = { ...options, mostEntries: options.bundleEntries };
  return new JsonMeter(limits, interaction?.kind === 'bundle');
}

/** Refuses a label other than UTF-8: bytes are checked to be UTF-8, so either the label or they would be wrong. */
function requireUtf8(contentType: string): void {
  const charset = /;\s*charset\s*=\s*"?([^\s;"]*)/i.exec(contentType)?.[1] ?? 'utf-8';
  if (/^(?:utf-?8|us-ascii)$/i.test(charset)) return;
  throw new UnsupportedMediaType(`Bodies are read as UTF-8; charset=${charset.slice(0, 40)} is not. Convert the body.`);
}
