import { describe, expect, it } from 'vitest';
import { ProfilesUnchecked } from '../../hooks/profile-validation.js';
import { Overloaded } from '../../../r4/errors/request-errors.js';
import { progressOf, putOff, type ToldJob } from './job-progress.js';

const told = (job: Partial<ToldJob>) =>
  progressOf({ state: 'running', progress: null, before: null, retryIn: null, ...job });

describe('progress of a job', () => {
  it.each<[Partial<ToldJob>, string]>([
    [{}, 'under way'],
    [{ progress: '300 resources' }, '300 resources'],
    [{ state: 'waiting', before: 0 }, 'waiting for a free server, next in line'],
    [{ state: 'waiting', before: 2, progress: '300 resources' }, 'waiting for a free server, 2 before it'],
    [{ before: 1 }, 'its server is gone, waiting for another one, 1 before it'],
    [{ state: 'waiting', progress: 'put off: x', retryIn: 7 }, 'put off: x; tried again in 7 s'],
    [{ state: 'waiting', progress: 'manifests noted: 1' }, 'manifests noted: 1'],
  ])('%j is told as "%s"', (job, words) => {
    expect(told(job)).toBe(words);
  });
});

it('a job that is put off says why, in ASCII and in one sentence', () => {
  const words = putOff(new ProfilesUnchecked('prüfer'));
  expect(words).toMatch(/^put off: The validator pr\?fer [\x20-\x7e]+$/);
  expect(words.length).toBeLessThanOrEqual(100);
  expect(putOff(new Overloaded(1))).not.toContain('Repeat it');
});
