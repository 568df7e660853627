/** Work took longer than it may. */
class TookTooLong extends Error {
  override readonly name = 'TookTooLong';
  constructor(milliseconds: number) {
    super(`it did not end within ${milliseconds} ms`);
    this.stack = '';
  }
}

/** Bounds work in time: rejects after the milliseconds. Work that returns no promise ends without a timer; what it throws is thrown. */
export function bounded<T>(milliseconds: number, work: () => T | PromiseLike<T>): T | Promise<T> {
  const result = work();
  if (!isThenable(result)) return result as T;
  return new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => reject(new TookTooLong(milliseconds)), milliseconds);
    // A result after the timeout is ignored, and so is a rejection.
    result.then(resolve, reject).then(
      () => clearTimeout(timer),
      () => clearTimeout(timer),
    );
  });
}

export const isThenable = (value: unknown): value is PromiseLike<never> =>
  typeof (value as { readonly then?: unknown } | null | undefined)?.then === 'function';
