import { FhirError, InvalidRequest, TemporarilyUnavailable } from './fhir-error.js';

/** 400: the body is JSON but not the resource that the address asks for. */
export class NotThisResource extends InvalidRequest {
  constructor(fact: string, expression?: string) {
    super({ code: 'invalid', diagnostics: fact, ...(expression !== undefined && { expression: [expression] }) });
  }
}

/** 404: the first segment of the path is no R4 resource type. */
export class UnknownType extends FhirError {
  readonly status = 404;
  constructor(type: string, suggestion: string | undefined) {
    super({
      code: 'not-supported',
      diagnostics: `"${type}" is not a FHIR R4 resource type.${suggestion ? ` Did you mean "${suggestion}"?` : ''}`,
    });
  }
}

/** 404: no interaction or operation has this address. */
export class UnknownAddress extends FhirError {
  readonly status = 404;
  constructor(fact: string) {
    super({ code: 'not-found', diagnostics: fact });
  }
}

/** 421 (RFC 9110 15.5.20): the target names another server. */
export class MisdirectedRequest extends FhirError {
  readonly status = 421;
  constructor() {
    super({
      code: 'not-supported',
      diagnostics:
        'The request names another server: this one is no proxy. Send the path alone (GET /fhir/r4/Patient), or the address of this server.',
    });
  }
}

/** 405, with the methods that the address has. */
export class MethodNotAllowed extends FhirError {
  readonly status = 405;
  override readonly headers: Readonly<Record<string, string>>;
  constructor(method: string, address: string, allow: readonly string[], advice = '') {
    super({
      code: 'not-supported',
      diagnostics: `${method} is not offered at ${address}; it has ${allow.join(', ')}.${advice && ` ${advice}`}`,
    });
    this.headers = { allow: allow.join(', ') };
  }
}

/** 406: no format of the Accept header (or `_format`) is offered. */
export class NotAcceptable extends FhirError {
  readonly status = 406;
  constructor(asked: string) {
    super({
      code: 'not-supported',
      diagnostics: `"${printable(asked)}" is not offered. Ask for application/fhir+json or application/fhir+xml (header Accept, or _format=json, _format=xml).`,
    });
  }
}

/** 408: a slow client; the connection is closed. */
export class RequestTimeout extends FhirError {
  readonly status = 408;
  override readonly headers = { connection: 'close' };
  constructor(fact: string) {
    super({ code: 'timeout', diagnostics: fact });
  }
}

interface ByteLimit {
  readonly bytes: number;
  readonly setting: string;
  readonly advice?: string;
}

/** 413: more bytes than the limit; `announced` is what Content-Length says, where it says so. */
export class BodyTooLarge extends FhirError {
  readonly status = 413;
  constructor({ bytes, setting, advice = 'Send it in smaller parts.' }: ByteLimit, announced?: number) {
    const size = announced === undefined ? '' : ` of ${announced} bytes`;
    super({
      code: 'too-long',
      diagnostics: `The body${size} is larger than ${bytes} bytes (setting ${setting}). ${advice}`,
    });
  }
}

/** 413: a batch or transaction of more entries than the limit. */
export class TooManyEntries extends FhirError {
  readonly status = 413;
  constructor(count: number, limit: number) {
    super({
      code: 'too-costly',
      diagnostics: `The Bundle has ${count} entries; it may have ${limit} (setting BUNDLE_ENTRIES). Send it in smaller parts.`,
      expression: ['Bundle.entry'],
    });
  }
}

/** 415: the body comes in a format or coding that is not read here. */
export class UnsupportedMediaType extends FhirError {
  readonly status = 415;
  constructor(fact: string) {
    super({ code: 'not-supported', diagnostics: fact });
  }
}

/** 501: R4 defines it, this server does not offer it. */
export class NotOffered extends FhirError {
  readonly status = 501;
  constructor(fact: string) {
    super({ code: 'not-supported', diagnostics: fact });
  }
}

/** 503: the server has more to do than it can; what it has begun goes first. */
export class Overloaded extends TemporarilyUnavailable {
  constructor(retryAfterSeconds: number) {
    super(
      retryAfterSeconds,
      `The server is too busy to take this request, and has not looked at it. Repeat it in ${retryAfterSeconds} s.`,
      'throttled',
    );
  }
}

/** 429: one caller has all at work that it may have; others go on. */
export class CallerBusy extends FhirError {
  readonly status = 429;
  override readonly headers = { 'retry-after': '2' };
  constructor(most: number) {
    super({
      code: 'throttled',
      diagnostics:
        `Your other requests hold the ${most} database connection${most === 1 ? '' : 's'} that one caller may have, and this one has waited too long ` +
        'or stands behind too many of yours. Wait for some of them to end, send fewer at once, and ask for less with each: narrower criteria, ' +
        'fewer references one after the other (a search counts once for each), a smaller _count. The part of one caller is the setting CALLER_SHARE.',
    });
  }
}

/** Text from a request, fit to be repeated in an answer. */
export const printable = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?').slice(0, 120);
