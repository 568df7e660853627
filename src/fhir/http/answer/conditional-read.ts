import type { IncomingHttpHeaders } from 'node:http';
import type { ReadConditions } from '../../../r4/rest/conditional-read.js';
import { readHttpDate } from './http-date.js';

/** The conditions of a read; a date that is none is as good as absent (RFC 9110 section 13.1.3). */
export function readConditions(headers: IncomingHttpHeaders): ReadConditions {
  const since = headers['if-modified-since'];
  return {
    ifNoneMatch: headers['if-none-match'],
    modifiedSince: since === undefined ? undefined : readHttpDate(since),
  };
}
