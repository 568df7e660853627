import { en, type Explained, type Words } from '../words/en.js';
import type { PageFailure } from './error-page.js';

/** Ends a page with an explanation for the person who looks at it. */
export class PageRefused extends Error {
  readonly failure: Omit<PageFailure, 'requestId'>;

  constructor(
    readonly status: number,
    explain: (words: Words) => Explained,
    code?: string,
  ) {
    super(explain(en)[1]);
    this.failure = { explain, ...(code !== undefined && { code }) };
  }
}
