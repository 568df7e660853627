import { describe, expect, it } from 'vitest';
import { type FhirError, InvalidRequest } from '../../../r4/errors/fhir-error.js';
import { describeFailure, isRetryable, LostRace } from './database-failure.js';
import { ServiceUnavailable } from './service-unavailable.js';

const failure = (code: string | undefined, message = 'secret detail of the driver') =>
  Object.assign(new Error(message), code === undefined ? {} : { code });

describe('a failure of the database', () => {
  it.each([
    ['connection refused', failure('ECONNREFUSED')],
    ['connection reset', failure('ECONNRESET')],
    ['socket file gone', failure('ENOENT')],
    ['connection lost', failure(undefined, 'Connection terminated unexpectedly')],
    ['pool exhausted', failure(undefined, 'timeout exceeded when trying to connect')],
    ['dead client', failure(undefined, 'Client has encountered a connection error and is not queryable')],
    ['connection failure', failure('08006')],
    ['shutdown', failure('57P01')],
    ['starting up', failure('57P03')],
    ['statement timeout', failure('57014')],
    ['too many connections', failure('53300')],
    ['out of shared memory', failure('53200')],
    ['standby', failure('25006')],
    ['Citus shutting down while it waits for a node', failure('XX000', 'postmaster was shut down, exiting')],
    ['deadlock, again and again', failure('40P01')],
    ['lost race, again and again', new LostRace()],
  ])('%s is 503 with Retry-After and without its text', (_what, error) => {
    const described = describeFailure(error);
    expect(described).toBeInstanceOf(ServiceUnavailable);
    expect(described).toMatchObject({ status: 503, headers: { 'retry-after': '2' } });
    expect(JSON.stringify((described as ServiceUnavailable).issues)).not.toContain('secret');
  });

  it('a full disk is 507 and says that reads go on', () => {
    const described = describeFailure(failure('53100'));
    expect(described).toMatchObject({ status: 507, issues: [{ code: 'no-store' }] });
    expect(JSON.stringify((described as FhirError).issues)).not.toContain('secret');
  });

  it('a release whose concepts are gone is 503 and says what it is about', () => {
    const described = describeFailure(failure('22P02', 'invalid input syntax for type boolean: "the release is gone"'));
    expect(described).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
    expect(JSON.stringify((described as FhirError).issues)).toContain('code system');
    const other = failure('22P02', 'invalid input syntax for type boolean: "x"');
    expect(describeFailure(other)).toBe(other);
  });

  it.each([
    ['a mistake in SQL', failure('42601')],
    ['a duplicate', failure('23505')],
    ['an internal error', failure('XX000')],
    ['any other error', failure(undefined)],
    ['an answer to the client', new InvalidRequest({ code: 'value', diagnostics: 'Connection terminated' })],
    ['no error', 'text'],
  ])('%s stays what it is', (_what, error) => {
    expect(describeFailure(error)).toBe(error);
  });

  it('is worth another attempt after a deadlock, a serialization failure, a lost race or a lost preparation only', () => {
    const lost = [failure('40P01'), failure('40001'), failure('26000'), failure('42P05'), new LostRace()];
    expect(lost.every(isRetryable)).toBe(true);
    expect([failure('57P01'), failure('23505'), failure(undefined), undefined].some(isRetryable)).toBe(false);
  });
});
