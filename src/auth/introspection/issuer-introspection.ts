import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { IntrospectionSettings } from '../../config/foreign/trusted-issuer.js';
import { fetchDeadline, fetchDocument, type PostedForm } from '../keys/bounded-fetch.js';
import { fetchIssuerMetadata } from '../keys/issuer-metadata.js';
import { KeysUnreachable } from '../keys/key-source.js';
import type { IntrospectionAnswer } from './introspection-answer.js';

/** Limits of questions to one issuer: callers who send rubbish as tokens must not flood it. */
const mostAtOnce = 32;
const mostRemembered = 10_000;
const unavailable = (cause: string): IntrospectionAnswer => ({ kind: 'unavailable', cause });

/** Asks one issuer about tokens (RFC 7662), authenticated; remembers for a short while which ones it does not know. */
export class IssuerIntrospection {
  private readonly inactive: LRUCache<string, true>;
  private readonly pending = new Map<string, Promise<IntrospectionAnswer>>();
  private discovered: string | undefined;

  constructor(
    private readonly issuer: string,
    readonly settings: IntrospectionSettings,
  ) {
    this.inactive = new LRUCache({ max: mostRemembered, ttl: Math.max(settings.cacheSeconds * 1000, 1) });
  }

  /** Never rejects. Parallel calls for one token share one question. */
  async ask(token: string): Promise<IntrospectionAnswer> {
    const key = hash('sha256', token, 'base64');
    if (this.settings.cacheSeconds > 0 && this.inactive.has(key)) return { kind: 'inactive' };
    const pending = this.pending.get(key);
    if (pending) return pending;
    if (this.pending.size >= mostAtOnce) return unavailable('too many tokens are being asked about at once');
    const asking = this.fetch(token).finally(() => this.pending.delete(key));
    this.pending.set(key, asking);
    const answer = await asking;
    if (answer.kind === 'inactive') this.inactive.set(key, true);
    return answer;
  }

  private async fetch(token: string): Promise<IntrospectionAnswer> {
    const signal = fetchDeadline();
    try {
      const url = this.settings.endpoint ?? this.discovered ?? (await this.discover(signal));
      const { document } = await fetchDocument(url, signal, formFor(token, this.settings));
      const { active, ...claims } = document;
      if (typeof active !== 'boolean') return unavailable(`${url} did not say whether the token is active`);
      return active ? { kind: 'active', claims } : { kind: 'inactive' };
    } catch (error) {
      // The issuer may have moved its endpoint: ask again where it is.
      this.discovered = undefined;
      return unavailable(error instanceof KeysUnreachable ? error.message : 'its answer cannot be read');
    }
  }

  private async discover(signal: AbortSignal): Promise<string> {
    const { document } = await fetchIssuerMetadata(this.issuer, signal);
    const endpoint = document['introspection_endpoint'];
    if (typeof endpoint !== 'string') {
      throw new KeysUnreachable('keys.no-introspection', { issuer: this.issuer });
    }
    this.discovered = endpoint;
    return endpoint;
  }
}

function formFor(token: string, settings: IntrospectionSettings): PostedForm {
  const { clientId, clientSecret = '', clientAuthentication } = settings;
  const body = new URLSearchParams({ token, token_type_hint: 'access_token' });
  if (clientAuthentication === 'client_secret_basic') {
    const credentials = `${formEncoded(clientId)}:${formEncoded(clientSecret)}`;
    return { body, headers: { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` } };
  }
  body.set('client_id', clientId);
  body.set('client_secret', clientSecret);
  return { body, headers: {} };
}

/** RFC 6749 section 2.3.1: both parts are form-encoded before they are joined. */
const formEncoded = (text: string): string => new URLSearchParams({ '': text }).toString().slice(1);
