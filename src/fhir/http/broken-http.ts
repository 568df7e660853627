import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { operationOutcome } from '../model/operation-outcome.js';
import { fhirJson } from './answer.js';

/** Requests that are broken before any route sees them still get an OperationOutcome, never a framework page. */
export const answerBrokenHttp = {
  /** URLs that do not decode, and the like. */
  frameworkErrors(_error: Error, request: FastifyRequest, reply: FastifyReply): void {
    const outcome = operationOutcome([{ code: 'invalid', diagnostics: 'The URL of the request is not well-formed.' }]);
    void reply
      .code(400)
      .headers({ 'content-type': fhirJson, 'x-request-id': request.id })
      .send(JSON.stringify(outcome));
  },

  /** Bytes that are no HTTP: answered on the socket itself. */
  clientErrorHandler(error: Error & { readonly code?: string }, socket: Socket): void {
    if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
    const [status, fact] =
      error.code === 'HPE_HEADER_OVERFLOW'
        ? ['431 Request Header Fields Too Large', 'The headers are too large.']
        : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
          ? ['408 Request Timeout', 'The request did not arrive in time.']
          : ['400 Bad Request', 'The request is not well-formed HTTP.'];
    const body = JSON.stringify(operationOutcome([{ code: 'invalid', diagnostics: fact }]));
    const headers = [
      `HTTP/1.1 ${status}`,
      `content-type: ${fhirJson}`,
      `content-length: ${Buffer.byteLength(body)}`,
      `x-request-id: ${randomUUID()}`,
      'connection: close',
    ];
    socket.end(`${headers.join('\r\n')}\r\n\r\n${body}`);
  },
};
