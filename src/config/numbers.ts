import { z } from 'zod';
import { parseByteSize } from './byte-size.js';

export function wholeNumber(least: number, most: number) {
  const message = `must be a whole number from ${least} to ${most}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, message)
    .transform(Number)
    .refine((value) => value >= least && value <= most, message);
}

export function part() {
  const message = 'must be a part of one: more than 0 and at most 1';
  return z
    .string()
    .regex(/^\d?(?:\.\d{1,4})?$/, message)
    .transform(Number)
    .refine((value) => value > 0 && value <= 1, message);
}

export function byteSize() {
  return z.string().transform((text, context) => {
    const size = parseByteSize(text);
    if (size !== undefined && size > 0) return size;
    context.addIssue({ code: 'custom', message: 'must be a size in bytes, kb, mb or gb' });
    return z.NEVER;
  });
}
