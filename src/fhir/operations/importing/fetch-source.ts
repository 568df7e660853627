import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { AddressUnreachable, judgedFetch } from '../../../outbound/judged-fetch.js';
import type { ImportSource } from './read-import.js';

/** Limits of what is fetched. */
export interface SourceLimits {
  /** Hosts in private networks that may be asked. */
  readonly privateHosts: readonly string[];
  /** Bytes of one file, also once it is unpacked. */
  readonly fileLimit: number;
  /** Cure for a file with more bytes; by default it names the setting and says to split the file. */
  readonly sizeCure?: string;
  /** Text for an address that does not answer; by default, it says that its network may be out of reach. */
  readonly unreachable?: string;
  /** Seconds that a source may be silent. */
  readonly patience: number;
}

/** A source could not be read to its end; the message is for the caller. */
export class SourceFailed extends Error {
  constructor(
    fact: string,
    /** It would fail again. */
    readonly isLasting: boolean,
  ) {
    super(fact);
  }
}

/** Bytes of a file at an address, unpacked. Throws {@link SourceFailed} unless all of it came. */
export async function* fetchSource(
  { url, etag, headers = {} }: ImportSource,
  limits: SourceLimits,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const stopped = new AbortController();
  try {
    const silence = new Silence(limits.patience, stopped);
    const asking = { headers, signal: AbortSignal.any([signal, stopped.signal]), silence };
    const response = await ask(url!, limits, asking);
    requireSame(response, etag);
    const announced = requireSize(response, limits);
    const isPacked = response.headers.get('content-encoding') === 'gzip' || new URL(url!).pathname.endsWith('.gz');
    const bytes = bodyOf(response, { announced, limits, silence, signal });
    yield* isPacked ? unpacked(bytes, limits) : bytes;
  } finally {
    // The rest of the answer is not read.
    stopped.abort();
  }
}

/** Ends a request that says nothing for too long. */
class Silence {
  constructor(
    private readonly seconds: number,
    private readonly stopped: AbortController,
  ) {}

  /** Throws {@link SourceFailed}, after `so far`. */
  async during<T>(work: Promise<T>, soFar: () => string): Promise<T> {
    let isOver = false;
    const timer = setTimeout(() => {
      isOver = true;
      this.stopped.abort();
    }, this.seconds * 1000);
    try {
      return await work;
    } catch (error) {
      if (isOver) throw new SourceFailed(`It sent nothing for ${this.seconds} s${soFar()}.`, false);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }
}

interface Asking {
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly silence: Silence;
}

async function ask(
  url: string,
  { privateHosts, unreachable = notReached }: SourceLimits,
  { headers: given, signal, silence }: Asking,
): Promise<Response> {
  const headers = { ...given, accept: 'application/fhir+ndjson, */*;q=0.1', 'accept-encoding': 'identity, gzip' };
  const fetching = judgedFetch({ hosts: privateHosts, setting: 'IMPORT_ALLOW_PRIVATE' });
  try {
    return await silence.during(fetching(url, { headers, signal }), () => '');
  } catch (error) {
    if (!(error instanceof AddressUnreachable)) throw error;
    const { status } = error;
    if (status === undefined) throw new SourceFailed(unreachable, false);
    const more =
      status >= 300 && status < 400 ? ' Redirects are not followed: name the address that they lead to.' : '';
    throw new SourceFailed(`It answered ${status}.${more}`, status < 500 && status !== 429);
  }
}

/** One sentence for all addresses that do not answer: who names one learns nothing of the network. */
const notReached =
  'It cannot be reached. The server fetches from public addresses, and from hosts that its operator names (setting IMPORT_ALLOW_PRIVATE).';

function requireSame({ headers }: Response, etag: string | undefined): void {
  const found = headers.get('etag');
  if (etag === undefined || found === etag || found === `"${etag}"`) return;
  throw new SourceFailed('It has another ETag than the call names.', true);
}

/** Bytes that it announces; undefined where it sends chunks, which have an end of their own. */
function requireSize({ headers }: Response, limits: SourceLimits): number | undefined {
  const coding = headers.get('content-encoding') ?? 'identity';
  if (coding !== 'identity' && coding !== 'gzip')
    throw new SourceFailed(`It is packed as "${coding.slice(0, 20)}". Offer it as it is, or as gzip.`, true);
  const length = headers.get('content-length');
  if (length === null && headers.get('transfer-encoding') === null)
    throw new SourceFailed(
      'It says neither how long it is (Content-Length) nor where it ends (chunks), so nobody knows whether all of it came.',
      true,
    );
  const announced = length === null ? undefined : Number(length);
  if (announced !== undefined && announced > limits.fileLimit) throw tooLarge(limits);
  return announced;
}

const tooLarge = ({ fileLimit, sizeCure = 'Split it, or raise the setting IMPORT_FILE_LIMIT.' }: SourceLimits) =>
  new SourceFailed(`It has more than ${fileLimit} bytes. ${sizeCure}`, true);

interface BodyTerms {
  readonly announced: number | undefined;
  readonly limits: SourceLimits;
  readonly silence: Silence;
  readonly signal: AbortSignal;
}

async function* bodyOf({ body }: Response, { announced, limits, silence, signal }: BodyTerms): AsyncGenerator<Buffer> {
  let size = 0;
  const soFar = (): string => ` after ${size}${announced === undefined ? '' : ` of ${announced}`} bytes`;
  const reader = body!.getReader();
  for (;;) {
    let part: Awaited<ReturnType<typeof reader.read>>;
    try {
      part = await silence.during(reader.read(), soFar);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof SourceFailed) throw error;
      throw new SourceFailed(`It stopped${soFar()}.`, false);
    }
    if (part.done) break;
    size += part.value.length;
    if (size > limits.fileLimit) throw tooLarge(limits);
    yield Buffer.from(part.value);
  }
  if (announced !== undefined && size !== announced) throw new SourceFailed(`It stopped${soFar()}.`, false);
}

async function* unpacked(bytes: AsyncGenerator<Buffer>, limits: SourceLimits): AsyncGenerator<Buffer> {
  const plain = createGunzip();
  pipeline(Readable.from(bytes), plain, () => undefined);
  let size = 0;
  try {
    for await (const chunk of plain as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > limits.fileLimit) throw tooLarge(limits);
      yield chunk;
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'Z_BUF_ERROR')
      throw new SourceFailed('It ends in the middle: the end of what gzip packed is missing.', false);
    if (code?.startsWith('Z_')) throw new SourceFailed('It is no gzip, as its name or its answer says.', true);
    throw error;
  }
}
