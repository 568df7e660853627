import { Inject, Injectable } from '@nestjs/common';
import { UnsupportedMediaType } from '../../../r4/errors/request-errors.js';
import { essence } from '../../../r4/rest/media-type.js';
import { FHIR_OPTIONS, type FhirOptions } from '../../fhir-options.js';
import { isLong } from '../../operations/jobs/long-operation.js';
import type { Operation } from '../../operations/operation.js';
import { BinaryContents } from '../../storage/binary/binary-contents.js';
import type { ExternalContent } from '../../storage/writing/change.js';
import type { FhirCall } from '../fhir-request.js';
import { arriving, requirePlainCoding } from './body-bytes.js';

const ndjson: ReadonlySet<string> = new Set(['application/fhir+ndjson', 'application/ndjson', 'application/x-ndjson']);
const usualLimit = 10 * 1024 ** 3;

/** True for NDJSON that is sent to an operation: {@link StoredLines} reads it, and nobody else. */
export const isLines = ({ interaction, contentType, request }: FhirCall): boolean =>
  interaction.kind === 'operation' && request.method === 'POST' && ndjson.has(essence(contentType));

/** Stores NDJSON while it arrives, for an operation that is carried out later. */
@Injectable()
export class StoredLines {
  constructor(
    private readonly contents: BinaryContents,
    @Inject(FHIR_OPTIONS) private readonly options: FhirOptions,
  ) {}

  /** Hands on where the body lies; it is removed where the operation does not begin. Undefined for other bodies. Throws 415 and 413. */
  async during<T>(
    call: FhirCall,
    operation: Operation,
    begin: (lines: ExternalContent | undefined) => Promise<T>,
  ): Promise<T> {
    if (!isLines(call)) return begin(undefined);
    const takesLines = isLong(operation) && operation.takesLines === true;
    if (!takesLines || call.prefer.async !== true) {
      const cure = takesLines
        ? 'Send Prefer: respond-async with it'
        : 'Send application/fhir+json or application/fhir+xml';
      throw new UnsupportedMediaType(`$${operation.declaration.code} does not take NDJSON so. ${cure}.`);
    }
    requirePlainCoding(call.request);
    const limit = { bytes: this.options.imports?.fileLimit ?? usualLimit, setting: 'IMPORT_FILE_LIMIT' };
    const content = await this.contents.for(call.context.caller).keep(arriving(call.request.raw, { limit }));
    try {
      return await begin(content);
    } catch (error) {
      await this.contents.discard(content);
      throw error;
    }
  }
}
