import type { PageFailure } from './error-page.js';

/** Ends a page with an explanation for the person who looks at it. */
export class PageRefused extends Error {
  constructor(
    readonly status: number,
    readonly failure: Omit<PageFailure, 'requestId'>,
  ) {
    super(failure.fact);
  }
}
