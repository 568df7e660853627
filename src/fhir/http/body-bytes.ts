import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { FastifyRequest } from 'fastify';
import { FhirError, InvalidRequest } from '../model/fhir-error.js';
import { BodyTooLarge, UnsupportedMediaType } from '../model/request-errors.js';

export interface BodyLimit {
  readonly bytes: number;
  readonly setting: string;
}

export function requirePlainCoding({ headers }: FastifyRequest): void {
  const coding = headers['content-encoding'];
  if (coding === undefined || coding === 'identity') return;
  throw new UnsupportedMediaType('Compressed bodies (Content-Encoding) are not read here. Send the body as it is.');
}

/**
 * The bytes of a body as they come. Throws {@link BodyTooLarge}, and 400 for a client that goes away in the middle, which
 * is no defect of the server.
 */
export async function* arriving(payload: IncomingMessage, limit: BodyLimit): AsyncGenerator<Buffer, undefined> {
  const announced = Number(payload.headers['content-length'] ?? 0);
  if (announced > limit.bytes) throw new BodyTooLarge(limit.bytes, limit.setting, announced);
  let size = 0;
  try {
    for await (const chunk of payload.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > limit.bytes) throw new BodyTooLarge(limit.bytes, limit.setting);
      yield chunk;
    }
  } catch (error) {
    if (error instanceof FhirError) throw error;
    throw new InvalidRequest({ code: 'incomplete', diagnostics: 'The body ended before it was complete.' });
  } finally {
    // What nobody reads would keep the client from reading its answer.
    payload.resume();
  }
}

export async function collect(payload: IncomingMessage, limit: BodyLimit): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of arriving(payload, limit)) chunks.push(chunk);
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}

/** Undefined if the bytes are not UTF-8; without a byte order mark. */
export function decodeUtf8(bytes: Buffer): string | undefined {
  if (!isUtf8(bytes)) return undefined;
  const text = bytes.toString('utf8');
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}
