import type { z } from 'zod';

/** Words for what zod found wrong with a value; `known`: the members that it may have. */
export function factOf(issue: z.core.$ZodIssue, known: readonly string[] = []): string {
  if (issue.code === 'unrecognized_keys') {
    const listed = known.length === 0 ? '' : `; known are ${known.join(', ')}`;
    return `has an unknown member ${issue.keys.map((key) => `"${key}"`).join(', ')}${listed}`;
  }
  if (issue.code === 'invalid_union') return 'must be text or a list of texts';
  if (issue.code === 'invalid_value') return `must be one of ${issue.values.join(', ')}`;
  if (issue.code === 'invalid_type')
    return issue.message.endsWith('undefined') ? 'is missing' : `must be ${issue.expected}`;
  return issue.message;
}

/** Place inside a value, such as `[0].claims.patient`. */
export const placeIn = (path: readonly PropertyKey[]): string =>
  path
    .map(String)
    .map((part) => (/^\d+$/.test(part) ? `[${part}]` : `.${part}`))
    .join('');
