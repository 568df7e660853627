import type { IncomingMessage } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FhirOptions } from '../../fhir-options.js';
import { RequestTimeout } from '../../../r4/errors/request-errors.js';
import type { FhirExceptionFilter } from '../fhir-exception.filter.js';
import type { FhirRequest } from '../fhir-request.js';
import { isArriving } from './unread-body.js';

/** Bytes that earn a body another second: whoever is faster may send as much as the size limits allow. */
const bytesPerSecond = 16 * 1024;

/**
 * A body may take the seconds of REQUEST_TIMEOUT, and one more for each 16 kB of it that have arrived; then the client gets
 * 408 and the connection is closed. Time for which this server did not read counts for nobody. Node's own `requestTimeout` would cut large bodies off whatever their progress.
 */
export class RequestArrival {
  constructor(
    private readonly errors: FhirExceptionFilter,
    private readonly options: FhirOptions,
  ) {}

  /** Does nothing for a request without a body. */
  watch(request: FastifyRequest, reply: FastifyReply): void {
    const { raw } = request;
    if (!isArriving(request)) return;
    const giving: FhirRequest = request;
    giving.giveWay = () => this.refuse(request, reply, new RequestTimeout(this.needed(bytesRead(raw) - alreadyRead)));
    const began = Date.now();
    const alreadyRead = bytesRead(raw);
    const waited = (): number => (giving.bodyHold?.waited ?? 0) / 1000;
    const patience = (): number =>
      this.options.requestTimeout + (bytesRead(raw) - alreadyRead) / bytesPerSecond + waited();
    // A process that stood still runs its timers before it reads what has come meanwhile.
    const look = (): void => void setImmediate(judge);
    const judge = (): void => {
      if (raw.complete || raw.readableEnded || raw.destroyed) return;
      const left = began + patience() * 1000 - Date.now();
      if (left <= 0) return this.refuse(request, reply, new RequestTimeout(this.late(bytesRead(raw) - alreadyRead)));
      timer = setTimeout(look, left).unref();
    };
    let timer = setTimeout(look, this.options.requestTimeout * 1000).unref();
    raw.once('close', () => clearTimeout(timer));
  }

  private late(received: number): string {
    const { requestTimeout } = this.options;
    return (
      `The body did not arrive in time: ${received} bytes came. It may take ${requestTimeout} s (setting ` +
      `REQUEST_TIMEOUT) and one more for each ${bytesPerSecond} bytes. Send it again over a faster connection or in smaller parts.`
    );
  }

  private needed(received: number): string {
    return (
      `The body was still arriving after ${this.options.requestTimeout} s (setting REQUEST_TIMEOUT; ${received} bytes came), ` +
      'and others need the memory that there is for bodies (setting BODY_MEMORY). Send it again over a faster connection or ' +
      'in smaller parts.'
    );
  }

  private refuse(request: FastifyRequest, reply: FastifyReply, reason: RequestTimeout): void {
    // The client has an answer already, such as 401.
    if (reply.sent) request.raw.destroy();
    else this.errors.send(reason, request, reply);
  }
}

// Requests that never saw a socket, as tests inject them, have none to count.
const bytesRead = ({ socket }: IncomingMessage): number => socket.bytesRead || 0;
