import type { Answer, CallOptions, TestServer } from '../support/server.js';
import { base } from '../support/server.js';
import { type Limit, pointingScope } from './limit.js';

const compared = [
  'content-type',
  'etag',
  'location',
  'content-location',
  'content-range',
  'x-security-context',
  'www-authenticate',
  'retry-after',
];

export interface Called extends Omit<CallOptions, 'token'> {
  /** With the scopes to write what is judged by what it points at. */
  readonly mayPoint?: true;
}

/** A caller under one limit on one server; keeps what was answered, without what differs by chance. */
export class Session {
  private answers: string[] = [];
  private readonly names = new Map<string, string>();
  private readonly token: string;
  private readonly pointingToken: string;
  private readonly strangersToken: string;

  constructor(
    private readonly server: TestServer,
    readonly limit: Limit,
  ) {
    this.token = server.token(limit.scope, limit.claims ?? {});
    this.pointingToken = server.token(pointingScope(limit), limit.claims ?? {});
    this.strangersToken = server.token('system/*.cruds', { sub: 'stranger', client_id: 'stranger' });
  }

  /** A relative path, or a link of an answer. */
  async call(method: string, address: string, options: Called = {}): Promise<Answer> {
    const path = address.startsWith(base) ? address.slice(base.length).replace(/^\//, '') : address;
    // A Binary would be sent as what it holds.
    const headers = { accept: 'application/fhir+json', ...options.headers };
    const token = options.mayPoint ? this.pointingToken : this.token;
    const answer = await this.server.call(method, path, { ...options, headers, token });
    this.answers.push(this.describe(`${method} ${path}`, answer));
    return answer;
  }

  get(address: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.call('GET', address, { headers });
  }

  post(address: string, body: object): Promise<Answer> {
    return this.call('POST', address, { body });
  }

  form(address: string, body: string): Promise<Answer> {
    return this.call('POST', address, { body, headers: { 'content-type': 'application/x-www-form-urlencoded' } });
  }

  /** What somebody with access to everything is answered; not part of the record. */
  byStranger(path: string): Promise<Answer> {
    return this.server.call('GET', path, { token: this.strangersToken });
  }

  /** The record so far; a new one begins. */
  take(): readonly string[] {
    const taken = this.answers;
    this.answers = [];
    this.names.clear();
    return taken;
  }

  private describe(request: string, { status, headers, text }: Answer): string {
    const lines = compared.flatMap((name) => (headers[name] === undefined ? [] : [`${name}: ${headers[name]}`]));
    return this.withoutChance([request, String(status), ...lines, text].join('\n'));
  }

  private withoutChance(text: string): string {
    return text
      .replaceAll(this.server.issuer.url, 'ISSUER')
      .replaceAll(/"name":"claim","part":\[\{"name":"name","valueString":"(?:iat|exp|jti)"\},[^\]]*\]/g, 'CLAIM')
      .replaceAll(/_cursor=[\w-]+/g, '_cursor=CURSOR')
      .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, 'TIME')
      .replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, (id) => this.nameOf(id));
  }

  /** Ids that the server made, by the order in which they came up in this record. */
  private nameOf(id: string): string {
    const name = this.names.get(id) ?? `made-${this.names.size + 1}`;
    this.names.set(id, name);
    return name;
  }
}
