import { type Issue, issuesOf } from './issues.js';

/** One request of the console, as a program would make it. */
export interface FhirRequest {
  readonly method?: string;
  /** Below the FHIR base, without slash at the front; or an address below it. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Blob;
  readonly signal?: AbortSignal;
  /** Sent in place of that of the login; an empty one sends none. */
  readonly token?: string;
}

/** An answer, whatever its status. */
export interface FhirAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body, where it is JSON. */
  readonly json: unknown;
  /** Milliseconds until the whole body was there. */
  readonly took: number;
  readonly requestId: string | undefined;
}

/** An answer that is no success, with every reason that it gives. */
export class AnswerRefused extends Error {
  readonly issues: readonly Issue[];
  constructor(readonly answer: FhirAnswer) {
    const issues = issuesOf(answer.json);
    super(issues[0]?.fact ?? `HTTP ${answer.status}`);
    this.issues = issues;
  }
}

/** No answer came: the network, or the server is away. */
export class NoAnswer extends Error {}

/** The token of the login, refreshed when it is about to end; undefined when nobody is logged in. */
export interface TokenSource {
  token(): Promise<string | undefined>;
  /** The server does not take the token any more. A new one, if there can be one. */
  refused(token: string): Promise<string | undefined>;
}

/** Sends requests to one FHIR base. It asks no other address: the token goes nowhere else. */
export class FhirClient {
  constructor(
    readonly base: string,
    private readonly tokens: TokenSource,
  ) {}

  /** Throws {@link NoAnswer}; answers of every status are returned. */
  async send(request: FhirRequest): Promise<FhirAnswer> {
    const { token } = request;
    if (token !== undefined) return this.sendWith(request, token === '' ? undefined : token);
    const own = await this.tokens.token();
    const answer = await this.sendWith(request, own);
    if (answer.status !== 401 || own === undefined) return answer;
    const next = await this.tokens.refused(own);
    return next === undefined ? answer : this.sendWith(request, next);
  }

  /** The body of a success. Throws {@link AnswerRefused} for anything else. */
  async ask<T>(request: FhirRequest): Promise<T> {
    const answer = await this.send(request);
    if (answer.status < 200 || answer.status > 299) throw new AnswerRefused(answer);
    return answer.json as T;
  }

  /** The address of a path below the base. Throws for what would leave it. */
  addressOf(path: string): URL {
    const base = new URL(`${this.base}/`);
    const url = new URL(path, base);
    if (url.origin !== base.origin || !`${url.pathname}/`.startsWith(base.pathname))
      throw new RangeError(`${path} is not below ${this.base}`);
    return url;
  }

  private async sendWith(request: FhirRequest, token: string | undefined): Promise<FhirAnswer> {
    const url = this.addressOf(request.path);
    const started = performance.now();
    try {
      const answer = await fetch(url, optionsOf(request, token));
      const text = await answer.text();
      const { status, headers } = answer;
      lastId = headers.get('x-request-id') ?? lastId;
      return {
        status,
        headers,
        text,
        json: jsonOf(text, headers.get('content-type') ?? ''),
        took: performance.now() - started,
        requestId: headers.get('x-request-id') ?? undefined,
      };
    } catch (error) {
      if (request.signal?.aborted === true) throw error;
      throw new NoAnswer(error instanceof Error ? error.message : String(error));
    }
  }
}

let lastId: string | undefined;

/** Id of the last answer: where a page fails, the log of the server has what it was made of. */
export const lastRequestId = (): string | undefined => lastId;

function optionsOf(
  { method = 'GET', headers: given, body, signal }: FhirRequest,
  token: string | undefined,
): RequestInit {
  const headers = new Headers({ accept: 'application/fhir+json', ...given });
  if (token !== undefined && !headers.has('authorization')) headers.set('authorization', `Bearer ${token}`);
  if (body !== undefined && !headers.has('content-type')) headers.set('content-type', 'application/fhir+json');
  return {
    method,
    headers,
    credentials: 'omit',
    cache: 'no-store',
    redirect: 'error',
    ...(body !== undefined && { body }),
    ...(signal && { signal }),
  };
}

function jsonOf(text: string, type: string): unknown {
  if (!/json/i.test(type)) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
