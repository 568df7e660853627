import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { isObject, type JsonObject, parseJson } from '../../../r4/json/json.js';
import { BinaryContents, type ByteRange } from '../../storage/binary/binary-contents.js';
import type { ExternalContent } from '../../storage/writing/change.js';
import type { StoredVersion } from '../../storage/reading/stored-version.js';
import { fhirHeaders, sendUnchanged, sendVersion } from '../answer/answer.js';
import { asksForResource } from './binary-form.js';
import { isCurrentFor, readRange } from './byte-range.js';
import type { FhirRequest } from '../fhir-request.js';
import { render } from '../answer/render.js';
import { representationOf } from '../answer/representation.js';

/** Content of a Binary, in the body of the resource or beside it. */
interface Source {
  readonly size: number;
  read(range: ByteRange): AsyncIterable<Buffer>;
}

/** Sends Binaries as what they hold or, if that is asked for, as resources (https://hl7.org/fhir/R4/binary.html#rest). */
@Injectable()
export class BinaryDownload {
  constructor(private readonly contents: BinaryContents) {}

  /** `version`: whole, and one that the caller was allowed to read. */
  async send(version: StoredVersion, reply: FastifyReply): Promise<void> {
    const request: FhirRequest = reply.request;
    const contents = this.contentsFor(request);
    const query = request.interaction?.query ?? new URLSearchParams();
    const binary = parseJson(version.body) as JsonObject;
    const { contentType } = binary;
    const ownType = typeof contentType === 'string' ? contentType : '';
    if (!asksForResource(request.headers.accept, query.get('_format'), ownType)) {
      if (!sendUnchanged(reply, version)) await this.sendContent(version, binary, reply);
      return;
    }
    request.representation = representationOf(request, query);
    const external = binary['data'] === undefined ? await contents.find(version) : undefined;
    if (!external) return sendVersion(reply, version);
    if (!sendUnchanged(reply, version)) await this.sendResource(version, external, reply);
  }

  private async sendContent(version: StoredVersion, binary: JsonObject, reply: FastifyReply): Promise<void> {
    const { method, headers: asked } = reply.request;
    const source = await this.sourceOf(version, binary, this.contentsFor(reply.request));
    const isPart = method === 'GET' && isCurrentFor(asOne(asked['if-range']), version);
    const range = isPart ? readRange(asked.range, source.size) : undefined;
    const { first, last } = range ?? { first: 0, last: source.size - 1 };
    const headers = {
      ...contentHeaders(binary),
      ...(range && { 'content-range': `bytes ${first}-${last}/${source.size}` }),
      'content-length': String(last - first + 1),
    };
    await sendBytes(reply, headers, source.read({ first, last }));
  }

  /** The content becomes `data`, the last element, on its way. */
  private async sendResource(version: StoredVersion, content: ExternalContent, reply: FastifyReply): Promise<void> {
    const { representation }: FhirRequest = reply.request;
    const rendered = render(version.body, representation);
    const { text } = rendered;
    const isXml = representation?.format === 'xml';
    const end = text.lastIndexOf(isXml ? '</' : '}');
    const before = text.slice(0, end).trimEnd() + (isXml ? '<data value="' : ',"data":"');
    const after = `"${isXml ? '/>' : ''}${text.slice(end)}`;
    const length = Buffer.byteLength(before) + Math.ceil(content.size / 3) * 4 + Buffer.byteLength(after);
    const bytes = this.contentsFor(reply.request).read(content, { first: 0, last: content.size - 1 });
    const headers = { ...fhirHeaders(rendered), 'content-length': String(length) };
    await sendBytes(reply, headers, asBase64(before, bytes, after));
  }

  private contentsFor({ fhirContext }: FhirRequest): BinaryContents {
    return fhirContext ? this.contents.for(fhirContext.caller) : this.contents;
  }

  private async sourceOf(version: StoredVersion, { data }: JsonObject, contents: BinaryContents): Promise<Source> {
    const external = data === undefined ? await contents.find(version) : undefined;
    if (external) return { size: external.size, read: (range) => contents.read(external, range) };
    const bytes = Buffer.from(typeof data === 'string' ? data : '', 'base64');
    return {
      size: bytes.length,
      async *read({ first, last }) {
        yield bytes.subarray(first, last + 1);
      },
    };
  }
}

/** Anybody may have stored it: a browser shall neither run it nor take it for a page of this server. */
function contentHeaders({ contentType, securityContext }: JsonObject): Headers {
  const type = asHeader(contentType) ?? 'application/octet-stream';
  const reference = isObject(securityContext) ? asHeader(securityContext['reference']) : undefined;
  return {
    ...fhirHeaders({ contentType: type }),
    'accept-ranges': 'bytes',
    'content-security-policy': "sandbox; default-src 'none'",
    ...(/html|xml|script/i.test(type) && { 'content-disposition': 'attachment' }),
    ...(reference !== undefined && { 'x-security-context': reference }),
  };
}

const asHeader = (value: unknown): string | undefined =>
  typeof value === 'string' && /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(value) ? value : undefined;

type Headers = Readonly<Record<string, string>>;

/** Waits for the first bytes, so that a failure up to then is answered; afterwards all that is left is to hang up. */
async function sendBytes(reply: FastifyReply, headers: Headers, parts: AsyncIterable<Buffer | string>): Promise<void> {
  const iterator = parts[Symbol.asyncIterator]();
  const isHead = reply.request.method === 'HEAD';
  const first = isHead ? undefined : await iterator.next();
  void reply.code('content-range' in headers ? 206 : 200).headers(headers);
  // For HEAD, a stream leaves Content-Length as it is.
  void reply.send(Readable.from(first ? following(first, iterator) : [], { objectMode: false }));
}

async function* following<T>(first: IteratorResult<T>, iterator: AsyncIterator<T>): AsyncGenerator<T> {
  try {
    for (let next = first; !next.done; next = await iterator.next()) yield next.value;
  } finally {
    await iterator.return?.();
  }
}

async function* asBase64(before: string, parts: AsyncIterable<Buffer>, after: string): AsyncGenerator<string> {
  let head = before;
  for await (const part of parts) {
    yield head + part.toString('base64');
    head = '';
  }
  yield after;
}

const asOne = (header: string | readonly string[] | undefined): string | undefined =>
  header === undefined ? undefined : String(header);
