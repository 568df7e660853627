import type { AppConfig } from './app-config.js';

/** The settings with the level of validation that no setting gives: for a command that stores what an operator has judged himself. */
export const withoutValidation = (config: AppConfig): AppConfig =>
  Object.create(config, { validation: { value: 'none' } }) as AppConfig;
