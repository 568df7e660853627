import type { DeclaredSettings } from '../../config/extension-settings.js';
import { migrationClasses } from '../../database/migrations/extension-migration.js';
import type { MigrationClass } from '../../database/migrations/pending-migrations.js';
import type { FhirFeature } from '../../fhir/feature.js';
import type { FeatureModule } from '../../fhir/feature-module.js';
import type { PlacedController } from './placed-controllers.js';

/** A module that adds to the server, and what is read from it before there is an application. */
export interface Extension {
  /** Of its package. */
  readonly name: string;
  /** Absent where a program hands the module over by itself. */
  readonly version?: string;
  readonly module: FeatureModule;
  /** Without those of other extensions that it imports. */
  readonly features: readonly FhirFeature[];
  readonly controllers: readonly PlacedController[];
}

export const settingsOf = (extensions: readonly Extension[]): readonly DeclaredSettings[] =>
  extensions.flatMap(({ name, features }) =>
    features.flatMap(({ settings }) => (settings ? [{ name, settings }] : [])),
  );

export const migrationsOf = (extensions: readonly Extension[]): readonly MigrationClass[] =>
  extensions.flatMap(({ name, features }) => migrationClasses(name, migrationsIn(features)));

export const migrationsIn = (features: readonly FhirFeature[]): NonNullable<FhirFeature['migrations']> =>
  features.flatMap(({ migrations = [] }) => migrations);

export const commandsIn = (features: readonly FhirFeature[]): NonNullable<FhirFeature['commands']> =>
  features.flatMap(({ commands = [] }) => commands);
