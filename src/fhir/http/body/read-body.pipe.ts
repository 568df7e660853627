import { Inject, Injectable, type PipeTransform } from '@nestjs/common';
import { FHIR_OPTIONS, type FhirOptions } from '../../fhir-options.js';
import { JsonMeter } from '../../../r4/json/json-meter.js';
import { essence } from '../../../r4/rest/media-type.js';
import { printable, UnsupportedMediaType } from '../../../r4/errors/request-errors.js';
import { XmlMeter } from '../../../r4/xml/xml-meter.js';
import { formatOfType } from '../answer/formats.js';
import { isBinaryWrite } from '../binary/binary-upload.js';
import type { FhirCall, FhirRequest } from '../fhir-request.js';
import { readIdempotencyKey } from '../idempotency-key.js';
import { receiveText, requirePlainCoding } from './body-bytes.js';
import { limitOf } from './body-limits.js';
import { BodyMemory, holdOf } from './body-memory.js';
import { LargeBody } from './large-body.js';
import { isForm } from './media-types.js';
import { isLines } from './stored-lines.js';

const mediaTypes: ReadonlySet<string> = new Set([
  'application/fhir+json',
  'application/json',
  'application/fhir+xml',
  'application/xml',
  'text/xml',
  'application/json-patch+json',
  'application/x-www-form-urlencoded',
]);

/**
 * Reads the body of a call, after the guards have let it pass. It stays text: only text keeps decimals, key order and duplicate names
 * visible. A large one stays bytes; a Binary is read while it is stored.
 */
@Injectable()
export class ReadBody implements PipeTransform<FhirCall, Promise<FhirCall>> {
  constructor(
    private readonly memory: BodyMemory,
    @Inject(FHIR_OPTIONS) private readonly options: FhirOptions,
  ) {}

  async transform(call: FhirCall): Promise<FhirCall> {
    const { request, context, interaction } = call;
    const isStored = isBinaryWrite(interaction) || isLines(call);
    const body = isStored ? '' : await this.receive(request);
    const { url, headers } = request;
    const once = readIdempotencyKey({ url, headers, principal: context.principal, interaction, body });
    return { ...call, ...(body instanceof LargeBody ? { large: body } : { body }), ...once };
  }

  /** Also for routes that need no token. Throws 415, 413 and 400. */
  async receive(request: FhirRequest): Promise<string | LargeBody> {
    if (!hasBody(request)) return '';
    const contentType = request.headers['content-type'] ?? '';
    requireReadableType(request, contentType);
    requirePlainCoding(request);
    requireUtf8(contentType);
    return receiveText(request.raw, {
      limit: limitOf(request, this.options, this.memory),
      hold: holdOf(request, this.memory),
      meter: request.interaction && !isForm(contentType) ? () => meterFor(request, this.options) : undefined,
      isHashed: request.headers['idempotency-key'] !== undefined,
    });
  }
}

/** A request with a Content-Type has a body, even an empty one. */
function hasBody({ method, headers }: FhirRequest): boolean {
  if (method === 'GET' || method === 'HEAD') return false;
  const { 'content-type': type, 'transfer-encoding': coding, 'content-length': length = '0' } = headers;
  return type !== undefined || coding !== undefined || length !== '0';
}

function requireReadableType({ method, forms }: FhirRequest, contentType: string): void {
  const type = essence(contentType);
  if (mediaTypes.has(type) || Object.hasOwn(forms?.bodies ?? {}, type)) return;
  const own = Object.keys(forms?.bodies ?? {}).map((one) => `${one}, `);
  const patches = method === 'PATCH' ? 'application/json-patch+json, or Parameters as ' : '';
  throw new UnsupportedMediaType(
    `Content-Type "${printable(contentType).slice(0, 80)}" is not read here. Send ${patches}${own.join('')}application/fhir+json or application/fhir+xml.`,
  );
}

function meterFor({ headers, interaction }: FhirRequest, options: FhirOptions): LargeBody['meter'] {
  if (formatOfType(headers['content-type'] ?? '') === 'xml') return new XmlMeter(options.valuesLimit);
  const { depthLimit, valuesLimit, bundleEntries } = options;
  const limits = { depthLimit, valuesLimit, mostEntries: bundleEntries };
  return new JsonMeter(limits, interaction?.kind === 'bundle');
}

/** Refuses a label other than UTF-8: bytes are checked to be UTF-8, so either the label or they would be wrong. */
function requireUtf8(contentType: string): void {
  const charset = /;\s*charset\s*=\s*"?([^\s;"]*)/i.exec(contentType)?.[1] ?? 'utf-8';
  if (/^(?:utf-?8|us-ascii)$/i.test(charset)) return;
  throw new UnsupportedMediaType(`Bodies are read as UTF-8; charset=${charset.slice(0, 40)} is not. Convert the body.`);
}
