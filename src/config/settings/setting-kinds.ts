import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { z } from 'zod';
import { timeZoneOf } from '../../r4/search/values/time-zone.js';
import { parseByteSize } from '../byte-size.js';
import { addressesOf, isOfPrimary, parseDatabaseUrl, splitDatabaseUrls } from '../database-url.js';

/** `auto`, or a whole number. */
export function autoOr(least: number, most: number) {
  const message = `must be auto or a whole number from ${least} to ${most}`;
  return z
    .string()
    .regex(/^(?:auto|\d{1,9})$/, message)
    .transform((text) => (text === 'auto' ? text : Number(text)))
    .refine((value) => value === 'auto' || (value >= least && value <= most), message);
}

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

export const onOff = () => oneOf(['on', 'off']).transform((text) => text === 'on');

export function oneOf<const T extends readonly string[]>(values: T): z.ZodEnum<{ [K in T[number]]: K }> {
  return z.enum(values, `must be one of ${values.join(', ')}`);
}

/** Packages by name and version, each once. */
export function guides() {
  const syntax = /^[a-z0-9][a-z0-9.-]{0,127}@[A-Za-z0-9][A-Za-z0-9.-]{0,63}$/;
  const isPackage = (text: string): text is string => syntax.test(text);
  return listOf(isPackage, 'must be packages such as hl7.fhir.us.core@6.1.0, separated by commas').transform((names) =>
    [...new Set(names)].map((text) => {
      const [name = '', version = ''] = text.split('@');
      return { name, version };
    }),
  );
}

/** Name of an npm package, or a path that begins with a dot or a slash. */
export function isExtension(text: string): text is string {
  return /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/.test(text) || /^(?:\.{0,2}\/|\.{1,2}$)/.test(text);
}

export function timeZone() {
  return z.string().transform((text, context) => {
    const zone = timeZoneOf(text);
    if (zone !== undefined) return zone;
    context.addIssue({ code: 'custom', message: 'must be a time zone by its IANA name, such as America/New_York' });
    return z.NEVER;
  });
}

export function listOf<T extends string>(
  isItem: (text: string) => text is T,
  message: string,
): z.ZodType<readonly T[], string | undefined> {
  return z
    .string()
    .default('')
    .transform((text) =>
      text
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== ''),
    )
    .refine((items): items is T[] => items.every(isItem), message) as z.ZodType<readonly T[], string | undefined>;
}

export const httpUrl = () => z.string().refine(isPublicUrl, 'must be an http(s) URL without query and fragment');

function isPublicUrl(text: string): boolean {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) return false;
  const { search, hash, username, password } = new URL(text);
  return search + hash + username + password === '';
}

/** A bucket of S3, and a prefix in it. */
export function bucketUrl() {
  return z.string().transform((text, context) => {
    const [, bucket, prefix = ''] =
      /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/([\w!.*'()-]+(?:\/[\w!.*'()-]+)*)?\/?)?$/.exec(text) ?? [];
    if (bucket !== undefined) return { bucket, prefix };
    context.addIssue({ code: 'custom', message: 'must be s3://bucket or s3://bucket/prefix' });
    return z.NEVER;
  });
}

export function databaseUrls() {
  return z
    .string()
    .default('')
    .transform(splitDatabaseUrls)
    .refine((urls) => urls.every(isDatabaseUrl), 'must be postgres URLs that name a database, separated by commas')
    .refine((urls) => urls.every((url) => addressesOf(url).length === 1), 'must be URLs of one host each');
}

export const databaseUrl = () =>
  z
    .string()
    .refine(isDatabaseUrl, 'must be a postgres URL that names a database')
    .refine(
      isOfPrimary,
      'must ask for a server that can write: leave target_session_attrs out, or let it be read-write',
    );

function isDatabaseUrl(text: string): boolean {
  return (parseDatabaseUrl(text)?.pathname.length ?? 0) > 1;
}

export function isAddress(text: string): text is string {
  const [address = '', bits] = text.split('/');
  const family = isIP(address);
  return family !== 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128)));
}

export function isOrigin(text: string): text is string {
  return text === '*' || (/^https?:\/\//.test(text) && URL.canParse(text) && new URL(text).origin === text);
}

/** As it stands in a URL, so that it can be compared with one. */
export function isHost(text: string): text is string {
  return URL.canParse(`https://${text}`) && new URL(`https://${text}`).host === text;
}

/** JSON itself, or `@file.json`. */
export const json = () => z.string().default('[]').transform(readJson);

function readJson(text: string, context: z.RefinementCtx): unknown {
  try {
    return JSON.parse(text.startsWith('@') ? readFileSync(text.slice(1), 'utf8') : text) as unknown;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // The parser's message quotes the text, which may hold a secret.
    const position = /position \d+/.exec(message)?.[0];
    context.addIssue({
      code: 'custom',
      message: code
        ? `cannot read ${text.slice(1)} (${code})`
        : `is not JSON${position === undefined ? '' : `: see ${position}`}`,
    });
    return z.NEVER;
  }
}
