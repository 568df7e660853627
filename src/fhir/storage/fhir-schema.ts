import type { DataSourceOptions, MigrationInterface } from 'typeorm';
import { databaseEntities } from '../../database/database-entities.js';
import { databaseMigrations } from '../../database/migrations/database-migrations.js';
import { fhirEntities } from './entities/fhir-entities.js';
import { fhirMigrations } from './migrations/fhir-migrations.js';

/** Parts of the options of a TypeORM DataSource. */
export interface FhirSchema {
  readonly entities: NonNullable<DataSourceOptions['entities']>;
  readonly migrations: (new () => MigrationInterface)[];
}

/** Tables that `FhirModule` works on, for the DataSource of an application that has it without the rest of the server. */
export const fhirSchema: FhirSchema = {
  entities: [...databaseEntities, ...fhirEntities],
  migrations: [...databaseMigrations, ...fhirMigrations],
};
