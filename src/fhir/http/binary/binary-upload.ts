import { createHash, type Hash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { requireSecurityContext } from '../../interactions/binary-reach.js';
import type { RepeatedCreate } from '../../interactions/write-summary.js';
import { notPut } from '../../../scope/explain/not-found.js';
import { InvalidRequest } from '../../../r4/errors/fhir-error.js';
import { FHIR_OPTIONS, type FhirOptions } from '../../fhir-options.js';
import type { Interaction } from '../../../r4/rest/interaction.js';
import type { JsonObject } from '../../../r4/json/json.js';
import { printable, UnsupportedMediaType } from '../../../r4/errors/request-errors.js';
import { BinaryContents } from '../../storage/binary/binary-contents.js';
import type { Content, Written } from '../../storage/writing/change.js';
import { ResourceRepository } from '../../storage/resource.repository.js';
import { arriving, collect, requirePlainCoding } from '../body/body-bytes.js';
import { holdOf } from '../body/body-memory.js';
import type { FhirCall } from '../fhir-request.js';
import { formatOfType } from '../answer/formats.js';
import { readBinary } from './read-binary.js';
import { BodyReader } from '../body/read-body.js';

/** A Binary as it arrived. */
export interface SentBinary extends Content {
  /** It came as what it holds. */
  readonly isContent: boolean;
  /** Hash of what was sent, when it is to be stored once. */
  readonly digest?: string;
}

/** Writes a Binary, and makes the answer. */
type WriteBinary = (sent: SentBinary) => Promise<Written | RepeatedCreate>;

/** True for what {@link BinaryUpload} reads; the pipe leaves its body alone. */
export const isBinaryWrite = (interaction: Interaction | undefined): boolean =>
  interaction?.type === 'Binary' && (interaction.kind === 'create' || interaction.kind === 'update');

/** Reads Binaries that come as resources or as what they hold (https://hl7.org/fhir/R4/binary.html#rest). */
@Injectable()
export class BinaryUpload {
  constructor(
    private readonly contents: BinaryContents,
    private readonly resources: ResourceRepository,
    private readonly bodies: BodyReader,
    @Inject(FHIR_OPTIONS) private readonly options: FhirOptions,
  ) {}

  /** Hands the Binary on to be written; what was stored for it is removed again if that fails. */
  async receive(call: FhirCall, write: WriteBinary): Promise<void> {
    const { request } = call;
    requirePlainCoding(request);
    const { bodyLimit, binaryLimit } = this.options;
    const hash = call.once && createHash('sha256');
    const writeDigested: WriteBinary = (sent) => write({ ...sent, ...(hash && { digest: hash.digest('base64url') }) });
    if (formatOfType(call.contentType) === undefined) {
      const resource = await this.describe(call);
      const bytes = arriving(request.raw, { limit: { bytes: binaryLimit, setting: 'BINARY_LIMIT' } });
      return this.store(call, resource, { chunks: hash ? digested(bytes, hash) : bytes, write: writeDigested });
    }
    const limit = { bytes: bodyLimit, setting: 'BODY_LIMIT' };
    const bytes = await collect(request.raw, { limit, hold: holdOf(request, this.bodies.memory) });
    hash?.update(bytes);
    const resource = await readBinary(bytes, call.contentType, this.bodies);
    if (resource) return void (await writeDigested({ resource, isContent: false }));
    await this.store(call, await this.describe(call), { chunks: [bytes], write: writeDigested });
  }

  private async store(
    { context }: FhirCall,
    resource: JsonObject,
    { chunks, write }: { readonly chunks: AsyncIterable<Buffer> | Iterable<Buffer>; readonly write: WriteBinary },
  ): Promise<void> {
    const stored = await this.contents.for(context.caller).store(chunks);
    if (Buffer.isBuffer(stored)) {
      const data = stored.length > 0 ? { data: stored.toString('base64') } : {};
      return void (await write({ resource: { ...resource, ...data }, isContent: true }));
    }
    try {
      const done = await write({ resource, external: stored, isContent: true });
      // It was there before: by the same request, or by what its condition found.
      if ('told' in done) await this.contents.discard(stored);
    } catch (error) {
      await this.contents.discard(stored);
      throw error;
    }
  }

  /** The resource without its content, made of the headers. */
  private async describe(call: FhirCall): Promise<JsonObject> {
    const { id, contentType, request } = call;
    const reference = readSecurityContext(request.headers['x-security-context']);
    await this.refuseEarly(call, reference);
    return {
      resourceType: 'Binary',
      ...(id !== '' && { id }),
      contentType: readMediaType(contentType),
      ...(reference !== undefined && { securityContext: { reference } }),
    };
  }

  /** Saves the way of content that could not be stored; the write judges it all again. */
  private async refuseEarly({ id, context, interaction }: FhirCall, reference: string | undefined): Promise<void> {
    if (interaction.kind === 'create') {
      return requireSecurityContext(context.accessTo('Binary', 'c'), reference, this.options.base);
    }
    if (id === '') return;
    const access = context.accessTo('Binary', 'u');
    if (!(await this.resources.trial.mayPut(access, id))) throw notPut(access, id);
  }
}

async function* digested(chunks: AsyncIterable<Buffer>, hash: Hash): AsyncGenerator<Buffer, undefined> {
  for await (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
}

const token = "[\\w!#$%&'*+.^`|~-]+";
const mediaType = new RegExp(`^${token}/${token}(?: ?; ?${token}=(?:${token}|"[\\w !#-\\[\\]-~]*"))*$`);

function readMediaType(contentType: string): string {
  const text = contentType.trim().replace(/\s+/g, ' ');
  if (mediaType.test(text)) return text;
  const sent = text === '' ? 'There is no Content-Type' : `Content-Type "${printable(text)}" is no media type`;
  throw new UnsupportedMediaType(`${sent}; it becomes Binary.contentType. Send one such as application/pdf.`);
}

const literal =
  /^(?:https?:\/\/[\x21-\x7e]+\/)?[A-Z][A-Za-z]+\/[A-Za-z0-9\-.]{1,64}(?:\/_history\/[A-Za-z0-9\-.]{1,64})?$/;

function readSecurityContext(header: string | readonly string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  if (typeof header === 'string' && literal.test(header)) return header;
  throw new InvalidRequest({
    code: 'value',
    diagnostics: `X-Security-Context "${printable(String(header))}" is no reference. Send one such as Patient/123.`,
  });
}
