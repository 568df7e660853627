import { Injectable, Logger } from '@nestjs/common';
import { bounded, isThenable } from '../../observability/bounded.js';
import { describeError } from '../../observability/describe-error.js';
import { FhirError } from '../../r4/errors/fhir-error.js';
import type { HookPoint } from './hook.js';

/** Feature that holds what is built in: its code is no extension, and its calls are not measured. */
export const builtInName = 'lanyard';

/** Milliseconds that one call may take. */
export const callTimeout = { usual: 5000, most: 30_000 } as const;

/** Code of an extension that the server calls. */
export interface ExtensionCode {
  /** Name of the feature, such as `@acme/cardio`. */
  readonly extension: string;
  readonly point: HookPoint | 'operation' | 'policy';
  /** Name within the feature, such as `needs-family`. */
  readonly name: string;
  /** Milliseconds that one call may take; {@link callTimeout} unless said. */
  readonly timeout?: number;
}

/** Calls of one piece of code since the process started. */
export interface ExtensionFigures {
  readonly extension: string;
  readonly point: ExtensionCode['point'];
  readonly name: string;
  readonly calls: number;
  /** Calls that failed; intended refusals are none. */
  readonly errors: number;
  /** Calls that refused with a FhirError. */
  readonly refusals: number;
  /** 95 % of the last calls took no longer, in seconds; undefined before the first one. */
  readonly p95?: number;
}

/** Code of an extension failed: 500, without a word of its inside. Nothing that it should have narrowed goes out. */
export class ExtensionFailed extends Error {
  override readonly name = 'ExtensionFailed';
  constructor(code: ExtensionCode, failure: string, cause?: unknown) {
    super(`${addressOf(code)} ${failure}`, { cause });
    // The log has the stack of the cause.
    this.stack = '';
  }
}

/** The one way into code of extensions: bounded in time, counted, and named in the log when it fails. */
@Injectable()
export class ExtensionCalls {
  private readonly logger = new Logger('Extension');
  private readonly figuresOf = new Map<string, CallFigures>();

  /** Lists the code before its first call, so that its figures are there, as 0. */
  declare(code: ExtensionCode): void {
    this.figures(code);
  }

  /** Throws the FhirError that the code threw, and {@link ExtensionFailed} for any other failure and after the timeout. */
  async run<T>(code: ExtensionCode, work: () => T | PromiseLike<T>): Promise<T> {
    const started = performance.now();
    try {
      return await bounded(code.timeout ?? callTimeout.usual, work);
    } catch (error) {
      throw this.failure(code, error);
    } finally {
      this.figures(code).took(performance.now() - started);
    }
  }

  /** As {@link run}, for code that does not wait for anything: a promise is a failure. */
  runNow<T>(code: ExtensionCode, work: () => T): T {
    const started = performance.now();
    try {
      const result = work();
      if (isThenable(result)) throw forgotten(result);
      return result;
    } catch (error) {
      throw this.failure(code, error);
    } finally {
      this.figures(code).took(performance.now() - started);
    }
  }

  /** Returns the error of a result that is of no use; counts and logs it. `fact`: such as `returned a number in place of content`. */
  nonsense(code: ExtensionCode, fact: string): ExtensionFailed {
    this.figures(code).errors++;
    this.logger.error(`${addressOf(code)} ${fact}`);
    return new ExtensionFailed(code, fact);
  }

  /** Figures of all code, by extension, point and name. */
  get all(): readonly ExtensionFigures[] {
    return [...this.figuresOf.values()].map((one) => one.now);
  }

  private failure(code: ExtensionCode, error: unknown): Error {
    if (error instanceof FhirError) {
      this.figures(code).refusals++;
      return error;
    }
    this.figures(code).errors++;
    this.logger.error(`${addressOf(code)} failed: ${describeError(error)}`);
    return new ExtensionFailed(code, 'failed', error);
  }

  private figures(code: ExtensionCode): CallFigures {
    const address = addressOf(code);
    let figures = this.figuresOf.get(address);
    if (!figures) this.figuresOf.set(address, (figures = new CallFigures(code)));
    return figures;
  }
}

const addressOf = ({ extension, name, point }: ExtensionCode): string => `${extension}/${name} (${point})`;

function forgotten(result: PromiseLike<unknown>): Error {
  // Nobody waits for it.
  result.then(undefined, () => undefined);
  return new Error('it returned a promise where only a value counts');
}

/** The last calls of which the p95 is told. */
const remembered = 512;

class CallFigures {
  calls = 0;
  errors = 0;
  refusals = 0;
  private readonly times: number[] = [];

  constructor(private readonly code: ExtensionCode) {}

  took(milliseconds: number): void {
    this.times[this.calls++ % remembered] = milliseconds;
  }

  get now(): ExtensionFigures {
    const { extension, point, name } = this.code;
    const { calls, errors, refusals } = this;
    const sorted = this.times.toSorted((one, other) => one - other);
    const p95 = sorted[Math.ceil(sorted.length * 0.95) - 1];
    return { extension, point, name, calls, errors, refusals, ...(p95 !== undefined && { p95: p95 / 1000 }) };
  }
}
