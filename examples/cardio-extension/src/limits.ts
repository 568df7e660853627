import { Inject, Injectable, Module } from '@nestjs/common';
import { currentTenant, type ExtensionMigration, tablePrefix } from 'lanyard-fhir/fhir';
import { DataSource } from 'typeorm';
import { cardioSettings, type CardioSettings } from './settings.js';

const table = `${tablePrefix('@acme/cardio')}limit`;

export const limitTable: ExtensionMigration = {
  name: 'Limit1764547200000',
  up: (database) =>
    database.query(
      `CREATE TABLE ${table} (tenant integer, patient text, highest integer NOT NULL, PRIMARY KEY (tenant, patient))`,
    ),
};

/** Highest heart rates that are plausible, for each patient. */
@Injectable()
export class Limits {
  constructor(
    @Inject(cardioSettings.token) private readonly settings: CardioSettings,
    @Inject(DataSource) private readonly database: DataSource,
  ) {}

  /** `patient`: a reference such as `Patient/p1`. */
  async of(patient: string | undefined): Promise<number> {
    const rows = await this.database.query(`SELECT highest FROM ${table} WHERE tenant = $1 AND patient = $2`, [
      currentTenant(),
      patient,
    ]);
    return rows[0]?.highest ?? this.settings.CARDIO_HIGHEST_RATE;
  }

  async set(patient: string, highest: number): Promise<void> {
    await this.database.query(
      `INSERT INTO ${table} VALUES ($1, $2, $3) ON CONFLICT (tenant, patient) DO UPDATE SET highest = excluded.highest`,
      [currentTenant(), patient, highest],
    );
  }
}

@Module({ providers: [Limits], exports: [Limits] })
export class LimitsModule {}
