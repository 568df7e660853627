import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { requireOwnSetting } from '../app/tenants/tenant-settings.js';
import type { OwnSettingName, OwnSettings } from '../config/own-settings.js';
import { logoUrl, readLogo } from '../config/organisation/organisation-logo.js';
import { withoutData } from '../config/shown-settings.js';
import { CommandFailed } from './command-failed.js';

/** Stands for a secret that is not shown. */
const hidden = '(not shown)';

/**
 * A setting as it is stored: text that needs no file of this machine. Lists and objects become JSON, a file of JSON, of a secret or of a logo its content.
 * Throws {@link CommandFailed} for a file that cannot be read, and `InvalidTenant` for a name that a tenant has no setting of. `folder`: where paths begin.
 */
export function settingValue(name: string, given: unknown, folder: string): readonly [OwnSettingName, string] {
  requireOwnSetting(name);
  const text = textOf(given);
  if (name === 'ORGANISATION_LOGO') return [name, inlineLogo(text, folder)];
  if (name === 'TRUSTED_ISSUERS' || name === 'LOGIN_PROVIDERS') return [name, inlineSecrets(name, text, folder)];
  return [name, text];
}

/** Settings for people, without secrets; long texts are cut. */
export const shownSettings = (own: OwnSettings): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(own).map(([name, text]) => [name, shown(name, text)]));

function shown(name: string, text: string): string {
  if (name === 'ORGANISATION_LOGO') return withoutData(text);
  return text.startsWith('[') ? JSON.stringify(JSON.parse(text), hideSecret) : text;
}

const hideSecret = (member: string, value: unknown): unknown => (member === 'clientSecret' ? hidden : value);

function textOf(given: unknown): string {
  if (typeof given === 'boolean') return given ? 'on' : 'off';
  if (typeof given === 'string') return given;
  return given === null ? '' : JSON.stringify(given);
}

/** What is no picture stays as it is, for the check of settings to say so. */
function inlineLogo(place: string, folder: string): string {
  if (place === '' || place.startsWith('data:')) return place;
  const logo = readLogo(resolve(folder, place));
  return typeof logo === 'string' ? place : logoUrl(logo);
}

function inlineSecrets(name: OwnSettingName, given: string, folder: string): string {
  const text = given.startsWith('@') ? read(name, given.slice(1), folder) : given;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text || '[]');
  } catch {
    return text; // The check of settings says where it is wrong.
  }
  return JSON.stringify(withSecrets(name, parsed, folder));
}

/** Puts the content of each `clientSecretFile` in its place. */
function withSecrets(name: OwnSettingName, value: unknown, folder: string): unknown {
  if (Array.isArray(value)) return value.map((one) => withSecrets(name, one, folder));
  if (typeof value !== 'object' || value === null) return value;
  const { clientSecretFile: file, ...rest } = value as Readonly<Record<string, unknown>>;
  if (rest['clientSecret'] !== undefined && file !== undefined)
    throw new CommandFailed([`${name}: clientSecretFile is there beside clientSecret; keep one of the two.`]);
  if (rest['clientSecret'] === hidden)
    throw new CommandFailed([
      `${name}: "${hidden}" stands for a secret. Write the secret, or clientSecretFile, in its place.`,
    ]);
  const members = Object.entries(rest).map(([key, one]) => [key, withSecrets(name, one, folder)] as const);
  const secret = file === undefined ? {} : { clientSecret: read(name, textOf(file), folder).replace(/\r?\n$/, '') };
  return { ...Object.fromEntries(members), ...secret };
}

function read(name: OwnSettingName, path: string, folder: string): string {
  try {
    return readFileSync(resolve(folder, path), 'utf8');
  } catch (error) {
    throw new CommandFailed([`${name}: cannot read ${path} (${(error as NodeJS.ErrnoException).code}).`]);
  }
}
