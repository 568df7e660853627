// ADR 64: settings of extensions join ours
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { AppConfig } from './app-config.js';
import { type DeclaredSettings, extensionSettings } from './extension-settings.js';
import { setting } from './settings/setting.js';
import { wholeNumber } from './settings/setting-kinds.js';
import { WrongSettings } from './checks/wrong-settings.js';

const cardio = extensionSettings('CARDIO', {
  CARDIO_RATE: setting(wholeNumber(1, 600).default(300), { example: '300', meaning: 'Highest rate.' }),
  CARDIO_KEY: setting(z.string().min(8, 'is too short'), { example: 'long words', meaning: 'A key.', secret: true }),
});
const declared: DeclaredSettings = { name: '@acme/cardio', settings: cardio };

function refusals(variables: Readonly<Record<string, string>>, all: readonly DeclaredSettings[] = [declared]) {
  try {
    return new AppConfig(variables, all).warnings;
  } catch (error) {
    if (error instanceof WrongSettings) return error.lines;
    throw error;
  }
}

const declare = (name: string, prefix: string, key = `${prefix}_KEY`): DeclaredSettings => ({
  name,
  settings: extensionSettings(prefix, { [key]: z.string().optional() }),
});

describe('settings of an extension', () => {
  it('are read and typed under their token', () => {
    const config = new AppConfig({ CARDIO_RATE: '250', CARDIO_KEY: 'long enough' }, [declared]);
    expect(config.extensionSettings.get(cardio.token)).toEqual({ CARDIO_RATE: 250, CARDIO_KEY: 'long enough' });
    expect(config.warnings).toEqual([]);
  });

  it('are told with ours when they are wrong, secrets without their value', () => {
    expect(refusals({ CARDIO_RATE: 'fast', CARDIO_KEY: 'secret', PORT: 'seven' })).toEqual([
      'CARDIO_RATE: must be a whole number from 1 to 600 (it is "fast"). Example: CARDIO_RATE=300',
      'CARDIO_KEY: is too short. Example: CARDIO_KEY=long words',
      'PORT: must be a whole number from 0 to 65535 (it is "seven"). Example: PORT=3000',
    ]);
    expect(refusals({ CARDIO_KEY: '' })).toEqual(['CARDIO_KEY: is missing. Example: CARDIO_KEY=long words']);
  });

  it('that are secret may come from a file', () => {
    const path = join(mkdtempSync(join(tmpdir(), 'lanyard-setting-')), 'key');
    writeFileSync(path, 'from a file\n');
    const config = new AppConfig({ CARDIO_KEY_FILE: path }, [declared]);
    expect(config.extensionSettings.get(cardio.token)).toMatchObject({ CARDIO_KEY: 'from a file' });
    expect(config.warnings).toEqual([]);
    expect(refusals({ CARDIO_KEY_FILE: path, CARDIO_KEY: 'long enough' })[0]).toContain('keep one of the two');
  });

  it('are known when a name is misspelt', () => {
    const { warnings } = new AppConfig({ CARDIO_KEY: 'long enough', CARDIO_RATES: '3' }, [declared]);
    expect(warnings).toEqual(['CARDIO_RATES has no effect. Was CARDIO_RATE meant?']);
  });

  it.each([
    ['a prefix of ours', [declare('one', 'DATABASE')], 'below DATABASE, as the server has (DATABASE_URL)'],
    [
      'a prefix of another one',
      [declare('one', 'CARDIO_X'), declare('two', 'CARDIO')],
      'two has settings below CARDIO, as one has',
    ],
    ['a prefix in small letters', [declare('one', 'cardio')], 'a prefix has capitals'],
    ['a name outside the prefix', [declare('one', 'CARDIO', 'RATE')], 'has the setting RATE: call it CARDIO_RATE'],
  ])('cannot have %s', (_what, all, line) => {
    expect(refusals({}, all)).toEqual([expect.stringContaining(line)]);
  });

  it('cannot keep the start from telling what is wrong by throwing', () => {
    const throwing = extensionSettings('CARDIO', {
      CARDIO_KEY: z.string().transform(() => {
        throw new Error('no such key');
      }),
    });
    expect(refusals({ CARDIO_KEY: 'x' }, [{ name: 'one', settings: throwing }])).toEqual([
      'CARDIO: the settings of one cannot be read (no such key).',
    ]);
  });
});
