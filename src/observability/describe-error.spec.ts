import { describe, expect, it } from 'vitest';
import { describeError } from './describe-error.js';

describe('an error in the log', () => {
  it('keeps name, code and place, and leaves out what the message quotes', () => {
    const error = Object.assign(new TypeError(`Unexpected token 'J', "{"family":"Doe"}" is not valid JSON`), {
      code: '22P02',
    });
    const text = describeError(error);
    expect(text).toMatch(/^TypeError \[22P02\]: Unexpected token/);
    expect(text).toMatch(/\n\s+at .*describe-error\.spec/);
    expect(text).not.toMatch(/Doe|family/);
  });

  it('has no token, quoted or not, and no quote that is left open', () => {
    expect(describeError(new Error('bad token eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJqYW5lIn0.c2ln here'))).not.toMatch(/eyJ/);
    expect(describeError(`it's "Jane`)).not.toMatch(/Jane/);
  });
});
