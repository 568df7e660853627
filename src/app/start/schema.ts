import { authEntities } from '../../auth/storage/auth-entities.js';
import { authMigrations } from '../../auth/storage/migrations/auth-migrations.js';
import { databaseEntities } from '../../database/database-entities.js';
import type { MigrationClass } from '../../database/migrations/pending-migrations.js';
import { type Extension, migrationsOf } from '../extensions/extension.js';
import { databaseMigrations } from '../../database/migrations/database-migrations.js';
import { fhirEntities } from '../../fhir/storage/entities/fhir-entities.js';
import { fhirMigrations } from '../../fhir/storage/migrations/fhir-migrations.js';
import { oauth2Entities } from '../../oauth2/storage/entities/oauth2-entities.js';
import { oauth2Migrations } from '../../oauth2/storage/oauth2-migrations.js';

/** Everything the server keeps in PostgreSQL. TypeORM orders migrations by the time in their names. */
export const migrations = [...databaseMigrations, ...authMigrations, ...fhirMigrations, ...oauth2Migrations];

/** Ours, and those of extensions. */
export const migrationsWith = (extensions: readonly Extension[]): readonly MigrationClass[] => [
  ...migrations,
  ...migrationsOf(extensions),
];

export const entities = [...databaseEntities, ...authEntities, ...fhirEntities, ...oauth2Entities];
