import { Injectable } from '@nestjs/common';
import { LimitedContext } from '../../scope/limited-context.js';
import type { RequestContext } from '../../scope/request-context.js';
import { QuestionBudget } from './question-budget.js';

/** Budgets of Bundles, by the context that all entries of one share. */
@Injectable()
export class QuestionBudgets {
  private readonly budgets = new WeakMap<RequestContext, QuestionBudget>();

  /** All that is asked in this context from now on is of one Bundle. */
  startBundle(context: RequestContext): void {
    this.budgets.set(LimitedContext.wholeOf(context), QuestionBudget.ofBundle());
  }

  /** Undefined: the request is no Bundle. */
  of(context: RequestContext): QuestionBudget | undefined {
    return this.budgets.get(LimitedContext.wholeOf(context));
  }
}
