import { z } from 'zod';
import {
  auditSettings,
  contentSettings,
  jobSettings,
  limitSettings,
  searchSettings,
} from './settings/data-settings.js';
import { accessSettings, appSettings, loginSettings, organisationSettings } from './settings/people-settings.js';
import {
  addressSettings,
  databaseSettings,
  extensionSettings,
  operationSettings,
  secretSettings,
} from './settings/server-settings.js';

/** All settings, by what people want to do; `docs/settings.md` is made from them, in this order. */
export const settingTasks = {
  Address: addressSettings,
  Database: databaseSettings,
  'Who may log in': loginSettings,
  'SMART apps': appSettings,
  'Look of the pages': organisationSettings,
  'What callers see and write': accessSettings,
  Content: contentSettings,
  Search: searchSettings,
  Limits: limitSettings,
  'Jobs and exports': jobSettings,
  Audit: auditSettings,
  Secrets: secretSettings,
  Extensions: extensionSettings,
  Operation: operationSettings,
} as const;

/** Messages complete the sentence that begins with the variable's name. */
export const settingsSchema = z.object({
  ...addressSettings,
  ...databaseSettings,
  ...loginSettings,
  ...appSettings,
  ...organisationSettings,
  ...accessSettings,
  ...contentSettings,
  ...searchSettings,
  ...limitSettings,
  ...jobSettings,
  ...auditSettings,
  ...secretSettings,
  ...extensionSettings,
  ...operationSettings,
});

export type Settings = z.output<typeof settingsSchema>;
export type SettingName = keyof typeof settingsSchema.shape;
