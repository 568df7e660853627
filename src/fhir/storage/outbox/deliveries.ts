import { randomUUID } from 'node:crypto';
import type { Logger } from '@nestjs/common';
import { describeError } from '../../../observability/describe-error.js';
import { withoutCredentials } from '../../../observability/without-credentials.js';
import type { SqlSession } from '../session/sql-session.js';
import { backOff, triedFor } from './back-off.js';
import type { OutboxListener } from './outbox.js';
import type { OutboxEvent } from './outbox-event.js';
import { claimStatement, contentStatement, deliveredStatement, failedStatement } from './outbox-statements.js';

/** Events of one listener that one server delivers at a time; one that hangs does not hold up the others. */
const mostAtOnce = 4;
/** Milliseconds that another server waits beyond the timeout of the listener before it takes an event over. */
const grace = 5_000;
/** Characters of a failure that are kept. */
const longestError = 500;

/** Deliveries of this server to one listener. */
export class Deliveries {
  private readonly underWay = new Set<Promise<void>>();
  private looking: Promise<void> | undefined;
  private isAskedAgain = false;
  private isStopped = false;
  private trouble: string | undefined;

  constructor(
    private readonly listener: OutboxListener,
    private readonly session: SqlSession,
    private readonly logger: Logger,
  ) {}

  /** Looks for events that are due; calls while it looks make it look once more. */
  look(): void {
    if (this.isStopped) return;
    if (this.looking) this.isAskedAgain = true;
    else this.looking = this.lookOnce();
  }

  /** Waits for the deliveries that are under way. */
  async stop(): Promise<void> {
    this.isStopped = true;
    await this.looking;
    await Promise.all(this.underWay);
  }

  private async lookOnce(): Promise<void> {
    try {
      await this.claim();
      this.trouble = undefined;
    } catch (error) {
      // A database that is away is asked again in a second: the log says so once.
      const trouble = describeError(error).split('\n', 1)[0]!;
      if (trouble !== this.trouble)
        this.logger.warn(`Events for ${this.listener.name} cannot be looked for: ${trouble}`);
      this.trouble = trouble;
    }
    this.looking = undefined;
    if (!this.isAskedAgain) return;
    this.isAskedAgain = false;
    this.look();
  }

  private async claim(): Promise<void> {
    const most = mostAtOnce - this.underWay.size;
    if (most <= 0) return;
    const { name, timeout } = this.listener;
    const claim = randomUUID();
    const claiming = { listener: name, claim, most, lease: timeout + grace };
    for (const event of await this.session.rows<OutboxEvent & Record<string, unknown>>(claimStatement(claiming))) {
      const delivery = this.deliver(event, claim).finally(() => {
        this.underWay.delete(delivery);
        this.look();
      });
      this.underWay.add(delivery);
    }
  }

  /** Never rejects. An end that cannot be written down comes to nothing: the event is delivered again. */
  private async deliver(event: OutboxEvent, claim: string): Promise<void> {
    try {
      const [content] = await this.session.rows<{ body: string }>(contentStatement(event));
      const failure = await this.attempt(event, content?.body);
      await this.session.count(
        failure === undefined ? deliveredStatement(event, claim) : failedStatement(event, claim, failure),
      );
    } catch (error) {
      this.logger.warn(`${told(event)} may be delivered twice: ${describeError(error)}`);
    }
  }

  private async attempt(event: OutboxEvent, content: string | undefined) {
    try {
      await this.listener.deliver(event, content);
      return undefined;
    } catch (error) {
      const delay = backOff(event.attempt);
      const { cause = error } = error as { readonly cause?: unknown };
      const reason = withoutCredentials(describeError(cause)).split('\n', 1)[0]!.slice(0, longestError);
      this.logger.warn(`${told(event)}: attempt ${event.attempt} failed, the next is in ${Math.ceil(delay / 1000)} s.`);
      return { error: reason, delay, triedFor };
    }
  }
}

const told = ({ listener, type, id, versionId }: OutboxEvent): string =>
  `Event ${type}/${id} version ${versionId} for ${listener}`;
