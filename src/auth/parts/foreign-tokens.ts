import { hash } from 'node:crypto';
import { Inject, Injectable, Optional } from '@nestjs/common';
import { callPart } from '../../observability/call-part.js';
import { AUTH_OPTIONS, type AuthOptions } from '../auth-options.js';
import { longestSentence } from './part-answers.js';
import { TOKEN_VERIFIER, type TokenFinding, type TokenVerifier } from './token-verifier.js';

/** Callers who send rubbish as tokens must not flood the verifier. */
const mostAtOnce = 64;
const longestCache = 60;
const usualCache = 30;

/** Asks the verifier of the application about a token, once for parallel requests. */
@Injectable()
export class ForeignTokens {
  private readonly pending = new Map<string, Promise<TokenFinding>>();

  constructor(
    @Inject(AUTH_OPTIONS) private readonly options: AuthOptions,
    @Optional() @Inject(TOKEN_VERIFIER) private readonly verifier?: TokenVerifier,
  ) {}

  /** False where the application has no verifier: nothing is asked. */
  get areRead(): boolean {
    return this.verifier !== undefined;
  }

  /** Never rejects: a verifier that throws, hangs or answers nonsense is unavailable. */
  async ask(token: string): Promise<TokenFinding> {
    const { verifier } = this;
    if (!verifier) return { kind: 'not-mine' };
    const key = hash('sha256', token, 'base64');
    const pending = this.pending.get(key);
    if (pending) return pending;
    if (this.pending.size >= mostAtOnce) return { kind: 'unavailable', cause: 'too many tokens are being asked about' };
    const asking = this.call(verifier, token).finally(() => this.pending.delete(key));
    this.pending.set(key, asking);
    return asking;
  }

  private async call(verifier: TokenVerifier, token: string): Promise<TokenFinding> {
    const { name, timeout } = verifier;
    const { resource, issuers } = this.options;
    const part = `TOKEN_VERIFIER ${name}`;
    try {
      return await callPart({ part, timeout }, () => verifier.verify(token, { resource, issuers }), findingOf);
    } catch {
      return { kind: 'unavailable', cause: `the verifier ${name} failed` };
    }
  }
}

/** Reads the answer of a verifier; throws for what is none. */
export function findingOf(answer: TokenFinding): TokenFinding {
  switch (answer.kind) {
    case 'not-mine':
      return { kind: 'not-mine' };
    case 'refused':
      return { kind: 'refused', fact: sentence(answer.fact), cure: sentence(answer.cure) };
    case 'unavailable':
      return { kind: 'unavailable', cause: sentence(answer.cause) };
    case 'accepted':
      return acceptedOf(answer);
    default:
      throw new Error('the finding is of no kind that there is');
  }
}

function acceptedOf({ issuer, claims, cacheSeconds = usualCache }: Extract<TokenFinding, { kind: 'accepted' }>) {
  if (typeof issuer !== 'string') throw new Error('the finding names no issuer');
  if (typeof claims !== 'object' || claims === null || Array.isArray(claims)) throw new Error('claims are no object');
  if (!(cacheSeconds >= 0)) throw new Error('cacheSeconds is no number from 0 to 60');
  // As JSON, so that nothing of the verifier's own can change later.
  const copy = JSON.parse(JSON.stringify(claims)) as Readonly<Record<string, unknown>>;
  return { kind: 'accepted', issuer, claims: copy, cacheSeconds: Math.min(cacheSeconds, longestCache) } as const;
}

function sentence(text: string): string {
  if (typeof text !== 'string' || text === '') throw new Error('the finding lacks a sentence');
  return text.slice(0, longestSentence);
}
