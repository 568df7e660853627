import { describe, expect, it, vi } from 'vitest';
import { QuestionBudget, TooManyQuestions } from './question-budget.js';

const limits = { requests: 2, milliseconds: 60_000 };

describe('a budget of questions', () => {
  it('ends with the number of requests', () => {
    const budget = new QuestionBudget(limits);
    budget.take();
    budget.take();
    expect(() => budget.take()).toThrow(TooManyQuestions);
  });

  it('ends with the time since its first request', () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    try {
      const budget = new QuestionBudget(limits);
      vi.advanceTimersByTime(100_000);
      budget.take();
      vi.advanceTimersByTime(60_001);
      expect(() => budget.take()).toThrow('60 s');
    } finally {
      vi.useRealTimers();
    }
  });

  it('takes from the whole that it is a part of', () => {
    const whole = new QuestionBudget({ ...limits, requests: 3 });
    const [first, second] = [new QuestionBudget(limits, whole), new QuestionBudget(limits, whole)];
    first.take();
    first.take();
    second.take();
    expect(() => second.take()).toThrow('More than 3 questions');
  });
});
