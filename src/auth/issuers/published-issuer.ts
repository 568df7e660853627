import { fetchDeadline } from '../keys/bounded-fetch.js';
import { fetchIssuerMetadata } from '../keys/issuer-metadata.js';

const freshForMs = 10 * 60_000;
/** An issuer that is down is not asked by every client that looks for it. */
const cooldownMs = 5_000;

export type IssuerMetadata = Readonly<Record<string, unknown>>;

/** An authorization server as it describes itself, kept and looked up again. */
export class PublishedIssuer {
  private known: { readonly metadata: IssuerMetadata; readonly asOf: number } | undefined;
  private askedAt = -Infinity;
  private pending: Promise<void> | undefined;

  constructor(private readonly issuer: string | undefined) {}

  /**
   * Undefined when there is none, or it never answered since this process began. What is known is told at once while it is
   * looked up again, and stays known while the issuer is down.
   */
  metadata(): IssuerMetadata | undefined | Promise<IssuerMetadata | undefined> {
    if (this.issuer === undefined) return undefined;
    const looking = this.look(this.issuer);
    return this.known?.metadata ?? looking?.then(() => this.known?.metadata);
  }

  private look(issuer: string): Promise<void> | undefined {
    const now = performance.now();
    if (this.pending) return this.pending;
    if (now - (this.known?.asOf ?? -Infinity) < freshForMs || now - this.askedAt < cooldownMs) return undefined;
    this.askedAt = now;
    this.pending = fetchIssuerMetadata(issuer, fetchDeadline())
      .then(
        ({ document }) => void (this.known = { metadata: document, asOf: performance.now() }),
        // Keys are fetched in the same way; callers with a token get the reason there.
        () => undefined,
      )
      .finally(() => (this.pending = undefined));
    return this.pending;
  }
}
