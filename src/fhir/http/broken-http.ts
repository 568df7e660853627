import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { operationOutcome } from '../../r4/errors/operation-outcome.js';
import { fhirJson, renderError } from './answer/render.js';
import { representationOfError } from './answer/representation.js';
import { lingering } from './body/unread-body.js';

/** Room for tokens that are refused with an explanation instead of a closed connection. */
const headerBytes = 256 * 1024;

/** Error of Node's parser, with the bytes that it could not read. */
interface BrokenRequest extends Error {
  readonly code?: string;
  readonly rawPacket?: Buffer;
}

/** A document of several lines where one token belongs, as a shell variable holds it after a login that failed. */
const spilledDocument = /^authorization:[ \t]*bearer[ \t]*[{[<]/im;

interface BrokenHttp {
  readonly status: string;
  readonly code: string;
  readonly fact: string;
}

/** Requests that are broken before any route sees them still get an OperationOutcome, never a framework page. */
export function answerBrokenHttp(requestTimeout: number) {
  return {
    /** URLs that do not decode, and the like. */
    frameworkErrors(_error: Error, request: FastifyRequest, reply: FastifyReply): void {
      const outcome = operationOutcome([
        { code: 'invalid', diagnostics: 'The URL of the request is not well-formed.' },
      ]);
      const { text, contentType } = renderError(outcome, representationOfError(request));
      void reply.code(400).headers({ 'content-type': contentType, 'x-request-id': request.id }).send(text);
    },

    /** Bytes that are no HTTP: answered on the socket itself. */
    clientErrorHandler(error: Error & { readonly code?: string }, socket: Socket): void {
      if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
      hangUp(socket, describe(error, requestTimeout));
    },

    // Node would answer a missing Host with an empty 400 of its own; the answer to a request without one explains it.
    http: { maxHeaderSize: headerBytes, requireHostHeader: false, ...headersWithin(requestTimeout) },
  };
}

/** Answers requests that Node keeps from routes: a CONNECT, which it would close, and an `Expect` it does not know. */
export function answerUnroutable(server: Server): void {
  server.on('connect', (_request: IncomingMessage, socket: Socket) => hangUp(socket, noProxy));
  server.on('checkExpectation', ({ socket }: IncomingMessage, _response: ServerResponse) => hangUp(socket, noMiracles));
}

const noProxy: BrokenHttp = {
  status: '405 Method Not Allowed',
  code: 'not-supported',
  fact: 'CONNECT is not offered: this server is no proxy.',
};

const noMiracles: BrokenHttp = {
  status: '417 Expectation Failed',
  code: 'not-supported',
  fact: 'The only expectation that is known is 100-continue. Leave the header Expect out.',
};

function hangUp(socket: Socket, broken: BrokenHttp): void {
  socket.on('error', () => undefined);
  socket.end(rawAnswer(broken));
  setTimeout(() => socket.destroy(), lingering).unref();
}

/** Limit of time for the headers, in ms; Node checks it at intervals. */
const headersWithin = (requestTimeout: number) => ({
  headersTimeout: requestTimeout * 1000,
  connectionsCheckingInterval: Math.min(requestTimeout * 250, 5000),
});

function describe({ code, rawPacket }: BrokenRequest, requestTimeout: number): BrokenHttp {
  if (code === 'HPE_HEADER_OVERFLOW') {
    const fact = `The URL and the headers are larger than ${headerBytes} bytes (fixed). Shorten them; a long search can be sent by POST to _search.`;
    return { status: '431 Request Header Fields Too Large', code: 'too-long', fact };
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    const fact = `The headers did not arrive within ${requestTimeout} s (setting REQUEST_TIMEOUT). Send the request again.`;
    return { status: '408 Request Timeout', code: 'timeout', fact };
  }
  const broken = { status: '400 Bad Request', code: 'invalid', fact: 'The request is not well-formed HTTP.' };
  if (!spilledDocument.test(rawPacket?.toString('latin1', 0, headerBytes) ?? '')) return broken;
  return { ...broken, fact: `${broken.fact} ${documentSpilled}` };
}

const documentSpilled =
  'Its Authorization header holds a document of several lines after Bearer, and no token: the request for a token before this one ' +
  'failed. Print what that answered (echo "$TOKEN"), cure what it says, and send the text of the access_token alone.';

function rawAnswer({ status, code, fact }: BrokenHttp): string {
  const body = JSON.stringify(operationOutcome([{ code, diagnostics: fact }]));
  const headers = [
    `HTTP/1.1 ${status}`,
    `content-type: ${fhirJson}`,
    `content-length: ${Buffer.byteLength(body)}`,
    `x-request-id: ${randomUUID()}`,
    'connection: close',
  ];
  return `${headers.join('\r\n')}\r\n\r\n${body}`;
}
