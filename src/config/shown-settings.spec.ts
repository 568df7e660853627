import { describe, expect, it } from 'vitest';
import { secretNames } from './secrets/secret-files.js';
import { settingsSchema } from './settings-schema.js';
import { shownSettings } from './shown-settings.js';

const of = (variables: Readonly<Record<string, string>>, name: string) =>
  shownSettings(variables).find((setting) => setting.name === name);

describe('settings that are shown', () => {
  it('are all of the server', () => {
    const names = shownSettings({}).map(({ name }) => name);
    expect(names.toSorted()).toEqual(Object.keys(settingsSchema.shape).toSorted());
  });

  it('tell the value that counts, and whether somebody has set it', () => {
    expect(of({}, 'PORT')).toEqual({ name: 'PORT', task: 'Address', isSet: false, isSecret: false, value: '3000' });
    expect(of({ PORT: '80' }, 'PORT')).toMatchObject({ isSet: true, value: '80' });
    expect(of({ PORT: '' }, 'PORT')).toMatchObject({ isSet: false, value: '3000' });
    expect(of({}, 'CONSOLE')).toMatchObject({ value: 'on' });
    expect(of({}, 'HOST')?.unset).toContain('127.0.0.1');
  });

  it.each(secretNames)('never tell %s, whether it comes from a variable or a file', (name) => {
    for (const variables of [{ [name]: 's3cret' }, { [`${name}_FILE`]: '/run/s3cret' }]) {
      expect(of(variables, name)).toMatchObject({ isSet: true, isSecret: true });
      expect(JSON.stringify(shownSettings(variables))).not.toContain('s3cret');
    }
  });

  it.each(['https://user:s3cret@collector.example', 'http://s3cret@collector.example/x'])(
    'do not tell an address with credentials: %s',
    (address) => {
      expect(of({ OTEL_EXPORTER_OTLP_ENDPOINT: address }, 'OTEL_EXPORTER_OTLP_ENDPOINT')).toMatchObject({
        isSet: true,
        isSecret: true,
      });
      expect(JSON.stringify(shownSettings({ OTEL_EXPORTER_OTLP_ENDPOINT: address }))).not.toContain('s3cret');
    },
  );

  it('tell of a logo that it is there, not its content', () => {
    const value = of({ ORGANISATION_LOGO: 'data:image/png;base64,aGVsbG8=' }, 'ORGANISATION_LOGO')?.value;
    expect(value).toBe('data:image/png;base64,…');
  });

  it('tell nothing that is no setting of the server', () => {
    expect(JSON.stringify(shownSettings({ AWS_SECRET_ACCESS_KEY: 's3cret', CARDIO_KEY: 's3cret' }))).not.toContain(
      's3cret',
    );
  });
});
