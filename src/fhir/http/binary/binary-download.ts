import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { isObject, type JsonObject, parseJson } from '../../../r4/json/json.js';
import { BinaryContents, type ByteRange } from '../../storage/binary/binary-contents.js';
import type { ExternalContent } from '../../storage/writing/change.js';
import type { StoredVersion } from '../../storage/reading/stored-version.js';
import { type FhirAnswer, fhirHeaders, hasVersion, versionAnswer } from '../answer/answer.js';
import { asksForResource } from './binary-form.js';
import { isCurrentFor, readRange } from './byte-range.js';
import type { FhirCall, FhirRequest } from '../fhir-request.js';
import { render } from '../answer/render.js';
import { representationOf } from '../answer/representation.js';

/** Content of a Binary, in the body of the resource or beside it. */
interface Source {
  readonly size: number;
  read(range: ByteRange): AsyncIterable<Buffer>;
}

/** Answers with Binaries as what they hold or, if that is asked for, as resources (https://hl7.org/fhir/R4/binary.html#rest). */
@Injectable()
export class BinaryDownload {
  constructor(private readonly contents: BinaryContents) {}

  /** `version`: whole, and one that the caller was allowed to read. */
  async answer(call: FhirCall, version: StoredVersion): Promise<FhirAnswer> {
    const { request, interaction } = call;
    const { query } = interaction;
    const contents = this.contents.for(call.context.caller);
    const binary = parseJson(version.body) as JsonObject;
    const { contentType } = binary;
    const ownType = typeof contentType === 'string' ? contentType : '';
    if (!asksForResource(request.headers.accept, query.get('_format'), ownType)) {
      return hasVersion(request, version)
        ? versionAnswer(version)
        : contentAnswer(request, version, { binary, contents });
    }
    request.representation = representationOf(request, query);
    const external = binary['data'] === undefined ? await contents.find(version) : undefined;
    if (!external || hasVersion(request, version)) return versionAnswer(version);
    return resourceAnswer(request, version, { external, contents });
  }
}

interface BinaryToSend {
  readonly binary: JsonObject;
  readonly contents: BinaryContents;
}

async function contentAnswer(
  { method, headers: asked }: FhirRequest,
  version: StoredVersion,
  { binary, contents }: BinaryToSend,
): Promise<FhirAnswer> {
  const source = await sourceOf(version, binary, contents);
  const isPart = method === 'GET' && isCurrentFor(asOne(asked['if-range']), version);
  const range = isPart ? readRange(asked.range, source.size) : undefined;
  const { first, last } = range ?? { first: 0, last: source.size - 1 };
  return {
    status: range ? 206 : 200,
    version,
    headers: {
      ...contentHeaders(binary),
      ...(range && { 'content-range': `bytes ${first}-${last}/${source.size}` }),
      'content-length': String(last - first + 1),
    },
    bytes: await begun(method, source.read({ first, last })),
  };
}

interface ExternalToSend {
  readonly external: ExternalContent;
  readonly contents: BinaryContents;
}

/** The content becomes `data`, the last element, on its way. */
async function resourceAnswer(
  { method, representation }: FhirRequest,
  version: StoredVersion,
  { external, contents }: ExternalToSend,
): Promise<FhirAnswer> {
  const rendered = render(version.body, representation);
  const { text } = rendered;
  const isXml = representation?.format === 'xml';
  const end = text.lastIndexOf(isXml ? '</' : '}');
  const before = text.slice(0, end).trimEnd() + (isXml ? '<data value="' : ',"data":"');
  const after = `"${isXml ? '/>' : ''}${text.slice(end)}`;
  const length = Buffer.byteLength(before) + Math.ceil(external.size / 3) * 4 + Buffer.byteLength(after);
  const bytes = contents.read(external, { first: 0, last: external.size - 1 });
  return {
    version,
    headers: { ...fhirHeaders(rendered), 'content-length': String(length) },
    bytes: await begun(method, asBase64(before, bytes, after)),
  };
}

async function sourceOf(version: StoredVersion, { data }: JsonObject, contents: BinaryContents): Promise<Source> {
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
async function begun(method: string, parts: AsyncIterable<Buffer | string>): Promise<Readable> {
  // For HEAD, a stream leaves Content-Length as it is.
  if (method === 'HEAD') return Readable.from([], { objectMode: false });
  const iterator = parts[Symbol.asyncIterator]();
  return Readable.from(following(await iterator.next(), iterator), { objectMode: false });
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
