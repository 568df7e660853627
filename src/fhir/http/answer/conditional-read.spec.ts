// https://hl7.org/fhir/R4/http.html#cread; RFC 9110 section 13.1
import { expect, it } from 'vitest';
import type { StoredVersion } from '../../storage/reading/stored-version.js';
import { isUnchanged } from '../../../r4/rest/conditional-read.js';
import { readConditions } from './conditional-read.js';

const version = { versionId: 3, lastUpdated: '2024-05-01T10:00:00.500Z' } as StoredVersion;
const same = 'Wed, 01 May 2024 10:00:00 GMT';
const before = 'Wed, 01 May 2024 09:59:59 GMT';

it.each([
  [{ 'if-none-match': 'W/"3"' }],
  [{ 'if-none-match': '"3"' }],
  [{ 'if-none-match': '"1", W/"2" ,W/"3"' }],
  [{ 'if-none-match': '*' }],
  [{ 'if-none-match': 'W/"3"', 'if-modified-since': before }],
  [{ 'if-modified-since': same }],
  [{ 'if-modified-since': 'Thu, 02 May 2024 00:00:00 GMT' }],
  [{ 'if-modified-since': 'Wednesday, 01-May-24 10:00:00 GMT' }],
])('%j is unchanged', (headers) => {
  expect(isUnchanged(readConditions(headers), version)).toBe(true);
});

it.each([
  [{}],
  [{ 'if-none-match': 'W/"2"' }],
  [{ 'if-none-match': 'W/"33", "13"' }],
  [{ 'if-none-match': '3' }],
  [{ 'if-none-match': '' }],
  [{ 'if-none-match': 'W/"2"', 'if-modified-since': same }],
  [{ 'if-none-match': 'rubbish', 'if-modified-since': same }],
  [{ 'if-modified-since': before }],
  [{ 'if-modified-since': 'tomorrow' }],
  [{ 'if-modified-since': '2030-01-01' }],
])('%j has changed', (headers) => {
  expect(isUnchanged(readConditions(headers), version)).toBe(false);
});
