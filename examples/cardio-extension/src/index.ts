import { Module } from '@nestjs/common';
import { FhirModule } from 'lanyard-fhir/fhir';
import { cardioCommand } from './cardio.command.js';
import { deviceIdentifier } from './device-identifier.parameter.js';
import { HeartRateOperation } from './heart-rate.operation.js';
import { LimitTable } from './limit-table.health.js';
import { LimitsModule, limitTable } from './limits.js';
import { MonitorsSeeHeartRates } from './monitors.policy.js';
import { PlausibleHeartRate } from './plausible-heart-rate.hook.js';
import { cardioSettings } from './settings.js';

const feature = FhirModule.forFeature(
  {
    name: '@acme/cardio',
    settings: cardioSettings,
    migrations: [limitTable],
    operations: [HeartRateOperation],
    hooks: [PlausibleHeartRate],
    policies: [MonitorsSeeHeartRates],
    searchParameters: [deviceIdentifier],
    health: [LimitTable],
    commands: [cardioCommand],
  },
  [LimitsModule],
);

/** What `EXTENSIONS=@acme/cardio` adds to the server. */
@Module({ imports: [feature] })
export default class CardioModule {}
