import { authEntities } from '../auth/storage/auth-entities.js';
import { authMigrations } from '../auth/storage/auth-migrations.js';
import { databaseMigrations } from '../database/migrations/database-migrations.js';
import { fhirMigrations } from '../fhir/storage/migrations/fhir-migrations.js';
import { oauth2Migrations } from '../oauth2/storage/oauth2-migrations.js';

/** Everything the server keeps in PostgreSQL. TypeORM orders migrations by the time in their names. */
export const migrations = [...databaseMigrations, ...authMigrations, ...fhirMigrations, ...oauth2Migrations];
export const entities = [...authEntities];
