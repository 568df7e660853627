import { describe, expect, it } from 'vitest';
import { limitsChange, typedLimits } from './tenant.js';

describe('limits that are typed', () => {
  it('are what they were before', () => {
    expect(typedLimits({ bytes: 50_000 })).toEqual({
      requests: '',
      resources: '',
      bytes: '50000',
      jobs: '',
      exports: '',
    });
  });

  it('are taken away where nothing is typed', () => {
    expect(limitsChange({ requests: '', resources: '7', bytes: ' ', jobs: '4', exports: '' })).toEqual({
      requests: null,
      resources: 7,
      bytes: null,
      jobs: 4,
      exports: null,
    });
  });

  it.each(['0', '-1', '1.5', 'many', '1e16'])('are refused for %s', (jobs) => {
    expect(limitsChange({ requests: '', resources: '', bytes: '', jobs, exports: '' })).toBeUndefined();
  });
});
