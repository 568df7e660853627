import { describe, expect, it } from 'vitest';
import { InvalidRequest } from '../../r4/errors/fhir-error.js';
import { ExtensionCalls, type ExtensionCode, ExtensionFailed } from './extension-calls.js';

const code: ExtensionCode = { extension: '@acme/cardio', point: 'beforeWrite', name: 'needs-family', timeout: 20 };
const never = new Promise<never>(() => undefined);

class Sorry extends InvalidRequest {
  constructor() {
    super({ code: 'business-rule', diagnostics: 'No.' });
  }
}

async function failureOf(work: () => unknown): Promise<unknown> {
  try {
    return await work();
  } catch (error) {
    return error;
  }
}

describe('a call of an extension', () => {
  it('returns what the code returns', async () => {
    const calls = new ExtensionCalls();
    expect(await calls.run(code, () => 1)).toBe(1);
    expect(await calls.run(code, async () => 2)).toBe(2);
    expect(calls.runNow(code, () => 3)).toBe(3);
    expect(calls.all).toMatchObject([{ extension: '@acme/cardio', calls: 3, errors: 0, refusals: 0 }]);
  });

  it('that refuses is no failure', async () => {
    const calls = new ExtensionCalls();
    const refuse = () => {
      throw new Sorry();
    };
    expect(await failureOf(() => calls.run(code, refuse))).toBeInstanceOf(Sorry);
    expect(await failureOf(() => calls.run(code, async () => refuse()))).toBeInstanceOf(Sorry);
    expect(await failureOf(() => calls.runNow(code, refuse))).toBeInstanceOf(Sorry);
    expect(calls.all).toMatchObject([{ calls: 3, errors: 0, refusals: 3 }]);
  });

  it('that fails says so without a word of its inside', async () => {
    const calls = new ExtensionCalls();
    // The status of such an error counts nowhere.
    const fail = () => {
      throw Object.assign(new TypeError('secret'), { statusCode: 404 });
    };
    for (const failed of [
      await failureOf(() => calls.run(code, fail)),
      await failureOf(() => calls.run(code, async () => fail())),
      await failureOf(() => calls.runNow(code, fail)),
      await failureOf(() => calls.run(code, () => Promise.reject('a string'))),
    ]) {
      expect(failed).toBeInstanceOf(ExtensionFailed);
      expect((failed as Error).message).toBe('@acme/cardio/needs-family (beforeWrite) failed');
      expect(failed).not.toHaveProperty('statusCode');
    }
    expect(calls.all).toMatchObject([{ calls: 4, errors: 4, refusals: 0 }]);
  });

  it('ends at its timeout, and what comes later counts for nothing', async () => {
    const calls = new ExtensionCalls();
    expect(await failureOf(() => calls.run(code, () => never))).toBeInstanceOf(ExtensionFailed);
    let reject = (_error: Error): void => undefined;
    const late = new Promise<never>((_resolve, later) => (reject = later));
    expect(await failureOf(() => calls.run(code, () => late))).toBeInstanceOf(ExtensionFailed);
    reject(new Error('too late'));
    await new Promise(setImmediate);
    expect(calls.all).toMatchObject([{ calls: 2, errors: 2 }]);
  });

  it('that may not wait fails when it returns a promise', async () => {
    const calls = new ExtensionCalls();
    for (const promised of [never, Promise.reject(new Error('nobody waits')), Promise.resolve(['Patient.name'])]) {
      expect(await failureOf(() => calls.runNow(code, () => promised))).toBeInstanceOf(ExtensionFailed);
    }
    expect(calls.all).toMatchObject([{ calls: 3, errors: 3 }]);
  });
});

describe('the figures', () => {
  it('are there before the first call', () => {
    const calls = new ExtensionCalls();
    calls.declare(code);
    expect(calls.all).toEqual([
      { extension: '@acme/cardio', point: 'beforeWrite', name: 'needs-family', calls: 0, errors: 0, refusals: 0 },
    ]);
  });

  it('have the time that 95 % of the last calls took at most, in seconds', async () => {
    const calls = new ExtensionCalls();
    for (let i = 0; i < 40; i++) await calls.run(code, () => undefined);
    await calls.run(code, () => new Promise((resolve) => setTimeout(resolve, 15)));
    const quick = calls.all[0]!.p95!;
    expect(quick).toBeLessThan(0.01);
    for (let i = 0; i < 5; i++) await calls.run(code, () => new Promise((resolve) => setTimeout(resolve, 15)));
    expect(calls.all[0]!.p95).toBeGreaterThan(0.01);
  });

  it('count a result of no use as a failure', () => {
    const calls = new ExtensionCalls();
    expect(calls.nonsense(code, 'returned a number')).toBeInstanceOf(ExtensionFailed);
    expect(calls.all).toMatchObject([{ errors: 1 }]);
  });
});
