import { extensionSettings, setting, type SettingsOf } from 'lanyard-fhir/fhir';
import { z } from 'zod';

export const cardioSettings = extensionSettings('CARDIO', {
  CARDIO_HIGHEST_RATE: setting(z.coerce.number('must be a number').int().min(1).max(600).default(300), {
    example: '300',
    meaning: 'Heart rates above it, per minute, are not stored.',
  }),
});

export type CardioSettings = SettingsOf<typeof cardioSettings>;
