import type { DataSource } from 'typeorm';
import type { Look } from './doctor.controller.js';
import { peopleIn, sessionOf } from './rows-of-tenant.js';
import { authOptions } from '../auth-options.js';
import type { AppConfig } from '../../config/app-config.js';
import { examineTenant } from '../../doctor/examine.js';
import { readPackages } from '../../fhir/storage/packages/package-rows.js';

/** The doctor of another tenant than `default`: what its administrators can cure, or ask their operator for by name (docs/adr/0194). */
export const lookAtTenant =
  (config: AppConfig, dataSource: DataSource): Look =>
  () =>
    examineTenant({
      config,
      auth: authOptions(config),
      ...(config.embeddedIssuer && { people: () => peopleIn(dataSource) }),
      packages: () => readPackages(sessionOf(dataSource)),
    });
