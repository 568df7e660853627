import { describe, expect, it } from 'vitest';
import { readExplanation, refusalsOf } from './explanation.js';

const line = (outcome: string, text: string, more: readonly object[] = []) => ({
  name: 'line',
  part: [{ name: 'outcome', valueCode: outcome }, { name: 'text', valueString: text }, ...more],
});
const step = (check: string, ...lines: readonly object[]) => ({
  name: 'step',
  part: [{ name: 'check', valueCode: check }, ...lines],
});

describe('readExplanation', () => {
  const reason = { name: 'reason', valueCoding: { system: 's', code: 'aud-missing' } };
  const answer = {
    parameter: [
      {
        name: 'token',
        part: [
          { name: 'verified', valueBoolean: false },
          step(
            'token',
            line('passed', 'signature'),
            line('refused', 'No aud.', [reason, { name: 'cure', valueString: 'Ask.' }]),
          ),
        ],
      },
      {
        name: 'explanation',
        part: [
          { name: 'request', valueString: 'GET Patient' },
          { name: 'permitted', valueBoolean: false },
          { name: 'status', valueInteger: 401 },
          step('scopes', line('refused', 'No scope.', [{ name: 'scope', valueString: 'user/Patient.s' }])),
        ],
      },
    ],
  } as never;

  it('reads every step with its lines, reasons and cures', () => {
    const read = readExplanation(answer);
    expect(read.isVerified).toBe(false);
    expect(read.requests).toMatchObject([{ request: 'GET Patient', isPermitted: false, status: '401' }]);
    expect(refusalsOf(read)).toEqual([
      { outcome: 'refused', text: 'No aud.', reason: 'aud-missing', cure: 'Ask.', scopes: [] },
      { outcome: 'refused', text: 'No scope.', scopes: ['user/Patient.s'] },
    ]);
  });

  it('does not say that a request is permitted when nobody knows', () => {
    const part = [{ name: 'request', valueString: 'GET Patient' }];
    const read = readExplanation({ parameter: [{ name: 'explanation', part }] });
    expect(read.requests[0]).toEqual({ request: 'GET Patient', steps: [] });
  });

  it('takes an outcome that it does not know for a fact', () => {
    const read = readExplanation({ parameter: [{ name: 'token', part: [step('token', line('new', 'x'))] }] } as never);
    expect(read.token[0]?.lines[0]?.outcome).toBe('told');
  });
});
