import { createHash } from 'node:crypto';
import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { FastifyRequest } from 'fastify';
import { FhirError, InvalidRequest } from '../../../r4/errors/fhir-error.js';
import { BodyTooLarge, RequestTimeout, UnsupportedMediaType } from '../../../r4/errors/request-errors.js';
import { isAnswered } from './answered.js';
import type { BodyHold } from './body-memory.js';
import { inviteBody } from './expectation.js';
import { LargeBody } from './large-body.js';
import { Turns } from '../../../r4/json/turns.js';
import { Utf8Check } from './utf8-check.js';

export interface BodyLimit {
  readonly bytes: number;
  readonly setting: string;
  /** Cure for the client. */
  readonly advice?: string;
  /** The limit that counts for who sends more than `bytes`. */
  readonly further?: () => BodyLimit;
}

/** Rules for receiving a body. */
export interface Reception {
  readonly limit: BodyLimit;
  /** Count of its bytes, unless they go on at once. */
  readonly hold?: BodyHold | undefined;
}

export function requirePlainCoding({ headers }: FastifyRequest): void {
  const coding = headers['content-encoding'];
  if (coding === undefined || coding === 'identity') return;
  throw new UnsupportedMediaType('Compressed bodies (Content-Encoding) are not read here. Send the body as it is.');
}

/**
 * The bytes of a body as they come. Throws {@link BodyTooLarge}, `BodyShareTaken`, `BodyMemoryTaken`, and 400 for a client that goes away in the
 * middle, which is no defect of the server.
 */
export async function* arriving(
  payload: IncomingMessage,
  { limit, hold }: Reception,
): AsyncGenerator<Buffer, undefined> {
  const announced = Number(payload.headers['content-length'] ?? 0);
  let most = requireWithin(announced, limit, announced);
  let size = 0;
  try {
    hold?.expect(announced || 0);
    inviteBody(payload);
    for await (const chunk of payload.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > most.bytes) most = requireWithin(size, most);
      hold?.take(chunk.length);
      yield chunk;
    }
    requireUnanswered(payload);
    hold?.arrived();
  } catch (error) {
    if (error instanceof FhirError) throw error;
    throw new InvalidRequest({ code: 'incomplete', diagnostics: 'The body ended before it was complete.' });
  }
}

/** Also where no bytes follow the answer, such as the end of a body in chunks. */
function requireUnanswered(payload: IncomingMessage): void {
  if (isAnswered(payload)) throw new RequestTimeout('The body took too long.');
}

/** The limit that counts for so many bytes. */
function requireWithin(size: number, limit: BodyLimit, announced?: number): BodyLimit {
  if (!(size > limit.bytes)) return limit;
  if (limit.further) return requireWithin(size, limit.further(), announced);
  throw new BodyTooLarge(limit, announced);
}

export async function collect(payload: IncomingMessage, reception: Reception): Promise<Buffer> {
  const gathered = new Gathered();
  for await (const chunk of arriving(payload, reception)) gathered.push(chunk);
  return whole(gathered.chunks);
}

const whole = (chunks: readonly Buffer[]): Buffer => (chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));

/** Bytes of a block that small chunks are copied into: each chunk costs a hundred bytes beside its own. */
const block = 16_384;

/** Chunks as they came, but for small ones that follow others: a body can come byte by byte. */
class Gathered {
  private readonly kept: Buffer[] = [];
  private open: Buffer | undefined;
  private used = 0;

  push(chunk: Buffer): void {
    if (this.kept.length === 0 && !this.open) return void this.kept.push(chunk);
    if (chunk.length > block / 2) {
      this.flush();
      this.kept.push(chunk);
      return;
    }
    if (this.used + chunk.length > block) this.flush();
    this.open ??= Buffer.allocUnsafeSlow(block);
    chunk.copy(this.open, this.used);
    this.used += chunk.length;
  }

  get chunks(): readonly Buffer[] {
    this.flush();
    return this.kept;
  }

  private flush(): void {
    if (this.open) this.kept.push(this.open.subarray(0, this.used));
    this.open = undefined;
    this.used = 0;
  }
}

/** Bytes that are decoded and parsed in one go. */
const smallBody = 65_536;

interface TextReception extends Reception {
  /** Makes what looks at a body that is not small while it arrives; undefined: nothing does, it is one text. */
  readonly meter?: (() => LargeBody['meter']) | undefined;
  /** The request is carried out once, so that its bytes are hashed. */
  readonly isHashed: boolean;
}

/** A small body as text, another as its bytes, which were looked at while they came, in turns with other requests. Throws 400 for what is not UTF-8. */
export async function receiveText(payload: IncomingMessage, reception: TextReception): Promise<string | LargeBody> {
  const gathered = new Gathered();
  let size = 0;
  let arrival: LargeArrival | undefined;
  for await (const chunk of arriving(payload, reception)) {
    gathered.push(chunk);
    size += chunk.length;
    if (arrival) await arrival.look(chunk);
    else if (size > smallBody && reception.meter) {
      arrival = new LargeArrival(reception.meter(), reception);
      for (const early of gathered.chunks) await arrival.look(early);
    }
  }
  return arrival ? arrival.body(gathered.chunks) : (decodeUtf8(whole(gathered.chunks)) ?? refuseBytes());
}

/** A large body on its way. */
class LargeArrival {
  private readonly check = new Utf8Check();
  private readonly turns = new Turns();
  private readonly hash;
  private readonly hold;

  constructor(
    private readonly meter: LargeBody['meter'],
    { isHashed, hold }: TextReception,
  ) {
    this.hold = hold;
    this.hash = isHashed ? createHash('sha256') : undefined;
  }

  /** In turns with other requests: a fast client has megabytes waiting whenever somebody looks. */
  look(chunk: Buffer): Promise<void> | undefined {
    if (!this.check.accepts(chunk)) refuseBytes();
    this.meter.look(chunk);
    this.hash?.update(chunk);
    const turn = this.turns.next();
    return turn && this.pause(turn);
  }

  /** Nothing is read meanwhile. */
  private async pause(turn: Promise<void>): Promise<void> {
    const from = performance.now();
    await turn;
    this.hold?.wait(performance.now() - from);
  }

  body(chunks: readonly Buffer[]): LargeBody {
    if (!this.check.isWhole) refuseBytes();
    return new LargeBody(chunks, this.meter, this.hash?.digest('base64url'));
  }
}

function refuseBytes(): never {
  throw new InvalidRequest({ code: 'structure', diagnostics: 'The body is not UTF-8 text.' });
}

/** Undefined if the bytes are not UTF-8; without a byte order mark. */
export function decodeUtf8(bytes: Buffer): string | undefined {
  if (!isUtf8(bytes)) return undefined;
  const text = bytes.toString('utf8');
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}
