import type { Answer, CallOptions, TestServer } from '../../support/server.js';
import { shortened } from './agree.js';

/** Sends what one caller asks, and remembers the last writes to tell them. */
export class Caller {
  private readonly log: string[] = [];

  constructor(
    private readonly server: TestServer,
    private readonly token: string,
  ) {}

  call(method: string, path: string, options: CallOptions = {}): Promise<Answer> {
    return this.server.call(method, path, { token: this.token, ...options });
  }

  get(path: string): Promise<Answer> {
    return this.call('GET', path, { headers: { accept: 'application/fhir+json' } });
  }

  /** A request that a failure tells. */
  async write(method: string, path: string, options: CallOptions & { readonly body?: string }): Promise<Answer> {
    const answer = await this.call(method, path, options);
    const { etag = '' } = answer.headers;
    this.log.push(`${method} ${path} ${JSON.stringify(options.headers)}\n  ${shortened(options.body ?? '')}`);
    this.log.push(`  -> ${answer.status} ${etag} ${path === '' || answer.status >= 400 ? shortened(answer.text) : ''}`);
    return answer;
  }

  /** The last writes with their answers. */
  last(writes: number): string {
    return this.log.slice(-2 * writes).join('\n');
  }

  /** An address below the base, of one in an answer. */
  pathOf(url: string): string {
    return url.startsWith(this.server.base) ? url.slice(this.server.base.length + 1) : url;
  }
}
