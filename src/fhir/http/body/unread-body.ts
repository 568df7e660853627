import type { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** The body parsers of a Fastify instance. Fastify does not export them. */
interface BodyParsers {
  run(contentType: string, handler: Handler, request: FastifyRequest, reply: FastifyReply): void;
}

type Handler = (request: FastifyRequest, reply: FastifyReply) => void;

/**
 * Hands some requests to their routes with unread bodies: Fastify's parsers run before guards, and each is chosen by the media type
 * alone. The application keeps its own parsers for all others (docs/adr/0059).
 */
export function leaveUnread(fastify: FastifyInstance, isLeft: (request: FastifyRequest) => boolean): void {
  const parsers = (fastify as unknown as Readonly<Record<symbol, BodyParsers>>)[parsersName(fastify)]!;
  const readBody = parsers.run.bind(parsers);
  parsers.run = (contentType, handler, request, reply): void => {
    if (isLeft(request)) handler(request, reply);
    else readBody(contentType, handler, request, reply);
  };
}

/** Name of the member with the body parsers. Throws where there are none. */
export function parsersName(fastify: FastifyInstance): symbol {
  const name = Object.getOwnPropertySymbols(fastify).find(
    ({ description }) => description === 'fastify.contentTypeParser',
  );
  const parsers = name && (fastify as unknown as Readonly<Record<symbol, Partial<BodyParsers>>>)[name];
  if (name && parsers?.run) return name;
  throw new Error(
    'FhirModule does not know how this version of Fastify reads bodies. Use the version in package.json.',
  );
}

/** A client that is still sending gets this long to read its answer, in ms: closing at once would take it away. */
export const lingering = 1000;

/** Bytes that are read of a body that nobody wants, so that a client that sends no more than that is not cut off. */
const mostDrained = 1_048_576;

/** True while a body may be on its way. */
export const isArriving = ({ raw, headers }: FastifyRequest): boolean =>
  !raw.complete && (headers['transfer-encoding'] !== undefined || Number(headers['content-length']) > 0);

/**
 * Closes the connection of a client that is answered before its body has come, without reading all of the body; but slowly enough
 * for the client to read its answer (RFC 9112 section 9.6).
 */
export function closeAfterAnswer({ raw }: FastifyRequest, reply: FastifyReply): void {
  const { socket } = raw;
  // Requests that tests inject have no connection.
  if (!(socket instanceof Socket)) return;
  void reply.header('connection', 'close');
  drain(raw);
  // Node calls this when the answer is out, and would close at once.
  socket.destroySoon = (): void => {
    socket.end();
    if (raw.complete) return void socket.destroy();
    const timer = setTimeout(() => socket.destroy(), lingering).unref();
    raw.once('end', () => socket.destroy());
    socket.once('close', () => clearTimeout(timer));
  };
}

function drain(raw: IncomingMessage): void {
  let size = 0;
  raw.on('data', ({ length }: Buffer) => {
    size += length;
    if (size > mostDrained) raw.pause();
  });
  raw.resume();
}
