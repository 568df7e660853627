import { describe, expect, it } from 'vitest';
import { plansIn } from './plan-tree.js';

const scan = {
  'Node Type': 'Index Scan',
  'Relation Name': 'resource_patient',
  'Index Name': 'by_name',
  'Actual Total Time': 0.5,
  'Actual Loops': 4,
  'Actual Rows': 2,
  'Plan Rows': 10,
  'Total Cost': 30,
};
const limit = {
  'Node Type': 'Limit',
  'Actual Total Time': 4,
  'Actual Loops': 1,
  'Actual Rows': 3,
  'Plan Rows': 3,
  'Total Cost': 40,
  Plans: [scan],
};
const statement = (...part: readonly object[]) => ({ name: 'statement', part }) as never;
const answerOf = (plan: object) => ({
  parameter: [
    statement({ name: 'sql', valueString: 'SELECT 2' }, { name: 'withheld', valueString: 'limited' }),
    statement({ name: 'sql', valueString: 'SELECT 1' }, { name: 'plan', valueString: JSON.stringify(plan) }),
  ],
});

describe('the plan of a search', () => {
  it('has the time, rows and shares of each step by itself, over all loops', () => {
    const [first, second] = plansIn(answerOf(limit));
    expect(second).toEqual({ sql: 'SELECT 2', indexes: [], withheld: 'limited' });
    expect(first?.root).toEqual({
      kind: 'Limit',
      about: [],
      rows: 3,
      expected: 3,
      loops: 1,
      milliseconds: 2,
      percent: 50,
      costPercent: 25,
      steps: [
        {
          kind: 'Index Scan',
          about: ['resource_patient', 'by_name'],
          rows: 8,
          expected: 40,
          loops: 4,
          milliseconds: 2,
          percent: 50,
          costPercent: 75,
          steps: [],
        },
      ],
    });
  });

  it('has no share below zero or above all, whatever the clock measured', () => {
    const odd = { ...limit, 'Actual Total Time': 1, 'Total Cost': 0, Plans: [scan] };
    const root = plansIn(answerOf(odd))[0]?.root;
    expect([root?.percent, root?.costPercent, root?.steps[0]?.percent]).toEqual([0, 0, 100]);
    expect(plansIn(answerOf({}))[0]?.root).toMatchObject({ kind: '?', rows: 0, percent: 0, steps: [] });
  });

  it('is missing where there is none', () => {
    expect(plansIn({})).toEqual([]);
    expect(plansIn({ parameter: [statement()] })).toEqual([{ sql: '', indexes: [] }]);
  });
});
