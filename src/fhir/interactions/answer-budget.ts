import { FhirError } from '../../r4/errors/fhir-error.js';

/** 422: what was asked for in one request is more than one answer may hold, or takes longer than one request may. */
export class TooCostly extends FhirError {
  readonly status = 422;
  constructor(fact: string) {
    super({ code: 'too-costly', diagnostics: fact });
  }
}

export interface AnswerLimits {
  /** Bytes of one answer. */
  readonly responseLimit: number;
  /** Seconds that what an answer reads may take; 0: any time. */
  readonly statementTimeout: number;
}

/** Bytes that one answer may still have, and until when what it holds may be read (ADR 46). */
export class AnswerBudget {
  private left: number;
  private readonly until: number;

  constructor(private readonly limits: AnswerLimits) {
    this.left = limits.responseLimit;
    const { statementTimeout } = limits;
    this.until = statementTimeout > 0 ? performance.now() + statementTimeout * 1000 : Number.POSITIVE_INFINITY;
  }

  /** Zero or more. */
  get bytes(): number {
    return Math.max(0, this.left);
  }

  take(text: string): void {
    this.left -= text.length;
  }

  /** Sets the bytes left after a part of the answer, with all that stands around its content. */
  settle(left: number): void {
    this.left = Math.min(this.left, left);
  }

  /** True if further content may not be shown. */
  get isSpent(): boolean {
    return this.left <= 0;
  }

  /** Before an entry of a bundle is read. Throws {@link TooCostly}. */
  require(): void {
    const { responseLimit, statementTimeout } = this.limits;
    if (this.isSpent) {
      throw new TooCostly(
        `The answer of this Bundle has the ${responseLimit} bytes that one answer may have (setting RESPONSE_LIMIT), so that ` +
          'this entry was not read. Send it by itself or with fewer others, or ask for less with _count, _elements or _summary.',
      );
    }
    if (performance.now() < this.until) return;
    throw new TooCostly(
      `The entries of this Bundle that read have taken ${statementTimeout} s (setting STATEMENT_TIMEOUT), so that this one was ` +
        'not read. Send it by itself or with fewer others.',
    );
  }
}
