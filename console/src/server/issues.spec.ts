import { describe, expect, it } from 'vitest';
import { issuesOf } from './issues.js';

describe('issuesOf', () => {
  it('reads fact, cure and reason of a refusal', () => {
    const coding = [{ system: 'x', code: 'token-expired' }];
    const issue = {
      severity: 'error',
      code: 'expired',
      details: { coding, text: 'It is over.' },
      diagnostics: 'Log in.',
    };
    expect(issuesOf({ resourceType: 'OperationOutcome', issue: [issue] })).toEqual([
      { severity: 'error', code: 'expired', reason: 'token-expired', fact: 'It is over.', cure: 'Log in.' },
    ]);
  });

  it('takes what is said for the fact where there is no other', () => {
    const issue = { severity: 'error', code: 'not-found', diagnostics: 'Patient/x was not found', expression: ['a.b'] };
    expect(issuesOf({ resourceType: 'OperationOutcome', issue: [issue] })).toEqual([
      { severity: 'error', code: 'not-found', fact: 'Patient/x was not found', expression: 'a.b' },
    ]);
  });

  it.each([[undefined], [null], ['text'], [{}], [{ resourceType: 'OperationOutcome' }], [{ issue: [1] }]])(
    'finds none in %j',
    (body) => {
      expect(issuesOf(body)).toEqual([]);
    },
  );

  it('reads the errors of GraphQL', () => {
    const outcome = { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'x', diagnostics: 'No.' }] };
    const errors = [{ message: 'No.', extensions: { resource: outcome } }, { message: 'plain' }];
    expect(issuesOf({ data: null, errors })).toEqual([{ severity: 'error', code: 'x', fact: 'No.' }]);
    expect(issuesOf({ errors: [{ extensions: { resource: { errors: 1 } } }] })).toEqual([]);
  });

  it('reads where in the body each fault is, as the administration answers it', () => {
    const findings = [{ at: 'rules[0]', text: 'No.' }, { text: 'Nor this.' }];
    expect(issuesOf({ error: 'invalid_request', error_description: 'No.; Nor this.', findings })).toEqual([
      { severity: 'error', code: 'invalid_request', fact: 'No.', expression: 'rules[0]' },
      { severity: 'error', code: 'invalid_request', fact: 'Nor this.' },
    ]);
  });

  it('reads an error of OAuth', () => {
    expect(issuesOf({ error: 'invalid_grant', error_description: 'why' })).toMatchObject([
      { code: 'invalid_grant', fact: 'why' },
    ]);
  });
});
