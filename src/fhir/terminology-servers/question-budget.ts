import { TooCostly } from '../../r4/terminology/cannot-expand.js';

export interface BudgetLimits {
  /** Requests to other servers; answers that are remembered take none. */
  readonly requests: number;
  /** Milliseconds from the first request on. */
  readonly milliseconds: number;
}

/** Of one resource that is validated. */
const ofResource: BudgetLimits = { requests: 200, milliseconds: 10_000 };
/** Of all entries of a batch or transaction. */
const ofBundle: BudgetLimits = { requests: 1000, milliseconds: 30_000 };

/** Enough was asked of other terminology servers. */
export class TooManyQuestions extends TooCostly {
  constructor({ requests, milliseconds }: BudgetLimits) {
    super(
      `More than ${requests} questions, or ${milliseconds / 1000} s, would be needed of other terminology servers.`,
    );
  }
}

/** Requests that other terminology servers may be sent for one resource, or for all of a Bundle. */
export class QuestionBudget {
  private spent = 0;
  private endsAt: number | undefined;

  constructor(
    private readonly limits: BudgetLimits,
    /** The budget that it is a part of. */
    private readonly whole?: QuestionBudget,
  ) {}

  static ofResource(whole?: QuestionBudget): QuestionBudget {
    return new QuestionBudget(ofResource, whole);
  }

  static ofBundle(): QuestionBudget {
    return new QuestionBudget(ofBundle);
  }

  /** For one request; throws {@link TooManyQuestions}. */
  take(): void {
    const now = performance.now();
    this.endsAt ??= now + this.limits.milliseconds;
    if (this.spent >= this.limits.requests || now > this.endsAt) throw new TooManyQuestions(this.limits);
    this.whole?.take();
    this.spent++;
  }
}
