import { Recording } from '../../src/testing/recording.js';
import type { Answer, CallOptions, TestServer } from '../support/server.js';
import { base } from '../support/server.js';
import { type Limit, pointingScope } from './limit.js';

export interface Called extends Omit<CallOptions, 'token'> {
  /** With the scopes to write what is judged by what it points at. */
  readonly mayPoint?: true;
  /** With the right to see how the server does its work. */
  readonly isOperator?: true;
}

/** A caller under one limit on one server; keeps what was answered, without what differs by chance. */
export class Session {
  private readonly recording: Recording;
  private readonly token: string;
  private readonly pointingToken: string;
  private readonly operatorsToken: string;
  private readonly strangersToken: string;

  constructor(
    private readonly server: TestServer,
    readonly limit: Limit,
  ) {
    this.recording = new Recording(server);
    this.token = server.token(limit.scope, limit.claims ?? {});
    this.pointingToken = server.token(pointingScope(limit), limit.claims ?? {});
    this.operatorsToken = server.token(`${limit.scope} admin/Job.r`, limit.claims ?? {});
    this.strangersToken = server.token('system/*.cruds', { sub: 'stranger', client_id: 'stranger' });
  }

  /** A relative path, or a link of an answer. */
  async call(method: string, address: string, options: Called = {}): Promise<Answer> {
    const path = address.startsWith(base) ? address.slice(base.length).replace(/^\//, '') : address;
    // A Binary would be sent as what it holds.
    const headers = { accept: 'application/fhir+json', ...options.headers };
    const token = options.isOperator ? this.operatorsToken : options.mayPoint ? this.pointingToken : this.token;
    const answer = await this.server.call(method, path, { ...options, headers, token });
    this.recording.add(`${method} ${path}`, answer);
    return answer;
  }

  /** A call whose answer is not part of the record: how often somebody asks how far a job is differs by chance. */
  quietly(method: string, path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.server.call(method, path, { headers, token: this.token });
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
    return this.recording.take();
  }
}
