import { z } from 'zod';
import { isReadable, nearestReadable } from '../organisation/organisation-colour.js';
import { type Logo, readLogo } from '../organisation/organisation-logo.js';

/** A file with a picture, read at once. */
export function logo(): z.ZodType<Logo | undefined, string | undefined> {
  return z
    .string()
    .transform((path, context): Logo => {
      const read = readLogo(path);
      if (typeof read !== 'string') return read;
      context.addIssue({ code: 'custom', message: read });
      return z.NEVER;
    })
    .optional();
}

/** `#rrggbb`, readable on the pages. */
export function readableColour(): z.ZodType<string | undefined, string | undefined> {
  return z
    .string()
    .regex(/^#[0-9a-fA-F]{6}$/, 'must be a colour such as #0f5e9c')
    .transform((text, context) => {
      const colour = text.toLowerCase();
      if (isReadable(colour)) return colour;
      const cure = `the nearest colour that can be read is ${nearestReadable(colour)}`;
      context.addIssue({ code: 'custom', message: `is too light for text and buttons: ${cure}` });
      return z.NEVER;
    })
    .optional();
}
