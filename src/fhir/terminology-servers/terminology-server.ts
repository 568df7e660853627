import { LRUCache } from 'lru-cache';
import pLimit from 'p-limit';
import { Logger } from '@nestjs/common';
import { readBounded } from '../../auth/keys/read-bounded.js';
import type { TerminologyServerSettings } from '../../config/foreign/terminology-server.js';
import { CannotExpand } from '../../r4/terminology/cannot-expand.js';
import { isPart, type Part, partsOf } from '../../r4/terminology/read-resource.js';
import { Authorization } from './authorization.js';
import type { QuestionBudget } from './question-budget.js';

/** Bytes of one answer. */
const largestAnswer = 8 * 1024 * 1024;
/** Characters of one question, and of its address. */
const longestPath = 4000;
const longestQuestion = 256 * 1024;
/** Characters of all answers that are remembered. */
const mostKept = 16_000_000;
/** Questions that wait for an answer at once, and those that wait for their turn. */
const mostAtOnce = 32;
const mostWaiting = 4 * mostAtOnce;
/** So many failures in a row, and it is left alone for a while. */
const mostFailures = 3;
const restMs = 10_000;

/** The server does not answer, or not as a terminology server does. The cause is in the log. */
export class ServerAway extends Error {
  override readonly name = 'ServerAway';
}

/** A question to a server: `POST` with Parameters if there are some. */
export interface Asked {
  /** Below its base, with the query. */
  readonly path: string;
  readonly body?: Part;
}

interface Answered {
  readonly answer: Part | undefined;
  /** Characters. */
  readonly size: number;
}

/** One other terminology server: each question is bounded by time and bytes, answers are remembered, and failures let it rest. */
export class TerminologyServer {
  private readonly logger = new Logger('TerminologyServer');
  private readonly kept: LRUCache<string, { readonly answer: Part | undefined }>;
  private readonly authorization: Authorization;
  private failures = 0;
  private restsUntil = 0;
  private readonly turns = pLimit(mostAtOnce);
  /** Questions that wait for an answer, for others that ask the same. */
  private readonly waiting = new Map<string, Promise<Part | undefined>>();

  constructor(readonly settings: TerminologyServerSettings) {
    this.kept = new LRUCache({ maxSize: mostKept, ttl: Math.max(settings.keep, 1) * 1000 });
    this.authorization = new Authorization(settings);
  }

  /** For callers: its host. */
  get name(): string {
    return new URL(this.settings.url).host;
  }

  /** True if it is asked about a canonical because the settings say so. */
  claims(canonical: string): boolean {
    return this.settings.canonicals?.some((beginning) => canonical.startsWith(beginning)) === true;
  }

  get isForAll(): boolean {
    return this.settings.canonicals === undefined;
  }

  /**
   * The answer; undefined: it has no such thing (404, or an outcome that says so). A request is taken from the budget. Throws
   * {@link ServerAway} and `CannotExpand`.
   */
  async ask(asked: Asked, budget?: QuestionBudget): Promise<Part | undefined> {
    const key = JSON.stringify(asked);
    const kept = this.kept.get(key);
    if (kept) return kept.answer;
    const waiting = this.waiting.get(key);
    if (waiting) return waiting;
    budget?.take();
    const answer = this.askAnew(asked, key);
    this.waiting.set(key, answer);
    try {
      return await answer;
    } finally {
      this.waiting.delete(key);
    }
  }

  private async askAnew(asked: Asked, key: string): Promise<Part | undefined> {
    if (asked.path.length > longestPath || key.length > longestQuestion)
      throw new CannotExpand(`A code or an address is too long to ask ${this.name} about it.`);
    const { activeCount, pendingCount } = this.turns;
    if (activeCount + pendingCount >= mostAtOnce + mostWaiting)
      throw new ServerAway(`${this.name} has ${activeCount + pendingCount} questions to answer`);
    const { answer, size } = await this.turns(() => this.inTurn(asked));
    if (this.settings.keep > 0) this.kept.set(key, { answer }, { size: key.length + size + 1 });
    return answer;
  }

  /** Failures of those before count for those that waited. */
  private inTurn(asked: Asked): Promise<Answered> {
    if (Date.now() < this.restsUntil) throw new ServerAway(`${this.name} is left alone for a while`);
    // After a rest one question tries, and the others do not wait for it.
    if (this.failures >= mostFailures) this.restsUntil = Date.now() + restMs;
    return this.tried(asked);
  }

  private async tried(asked: Asked): Promise<Answered> {
    try {
      const { status, text } = await this.send(asked);
      const answer = this.read(status, text);
      [this.failures, this.restsUntil] = [0, 0];
      return { answer, size: text.length };
    } catch (error) {
      if (error instanceof CannotExpand) throw error;
      this.logger.warn(`${this.name}: ${(error as Error).message}`);
      if (++this.failures >= mostFailures) this.restsUntil = Date.now() + restMs;
      throw error instanceof ServerAway ? error : new ServerAway(`${this.name} cannot be reached`);
    }
  }

  private async send({ path, body }: Asked): Promise<{ readonly status: number; readonly text: string }> {
    const { url, timeout } = this.settings;
    const signal = AbortSignal.timeout(timeout);
    const response = await fetch(`${url}/${path}`, {
      // An address that the settings do not name is not asked.
      redirect: 'error',
      signal,
      headers: {
        accept: 'application/fhir+json',
        ...(await this.authorization.header(signal)),
        ...(body && { 'content-type': 'application/fhir+json' }),
      },
      ...(body && { method: 'POST', body: JSON.stringify(body) }),
    });
    const tooLarge = (): Error => new ServerAway(`${this.name} answered more than ${largestAnswer} bytes`);
    return { status: response.status, text: await readBounded(response, largestAnswer, tooLarge) };
  }

  private read(status: number, text: string): Part | undefined {
    const answer = parsed(text);
    if (status === 200 && answer) return answer;
    if (status === 404) return undefined;
    if (isUnauthorized(status)) this.authorization.forget();
    if (isRefusal(status) && answer?.['resourceType'] === 'OperationOutcome') {
      if (saysNotFound(answer)) return undefined;
      throw new CannotExpand(`The terminology server ${this.name} answers that it cannot do this (${status}).`);
    }
    throw new ServerAway(`${this.name} answered ${status}${answer ? '' : ' without a resource'}`);
  }
}

const isUnauthorized = (status: number): boolean => status === 401 || status === 403;
const isRefusal = (status: number): boolean => status === 400 || status === 422;

/** Some servers answer so where there is no such code or definition. */
const saysNotFound = (outcome: Part): boolean =>
  partsOf(outcome['issue']).some((issue) => issue['code'] === 'not-found' || issue['code'] === 'code-invalid');

function parsed(text: string): Part | undefined {
  try {
    const read: unknown = JSON.parse(text);
    return isPart(read) && typeof read['resourceType'] === 'string' ? read : undefined;
  } catch {
    return undefined;
  }
}
