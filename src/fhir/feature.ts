import type { Provider, Type } from '@nestjs/common';
import type { ExtensionSettings } from '../config/extension-settings.js';
import type { ExtensionMigration } from '../database/migrations/extension-migration.js';
import type { HealthIndicator } from '../observability/health-indicators.js';
import type { AccessPolicy } from '../scope/policies/policy.js';
import type { Hook } from './extensions/hook.js';
import type { ExtensionCommand } from './extension-command.js';
import type { Operation } from './operations/operation.js';
import type { SearchParameter } from '../r4/search/parameters/search-parameter.js';

/** Parts that a module adds to the server; the built-in ones are added the same way. */
export interface FhirFeature {
  /** Name of the package or module, such as `@acme/cardio`: for orders, figures and the log. */
  readonly name: string;
  readonly operations?: readonly Type<Operation>[];
  readonly hooks?: readonly Type<Hook>[];
  /** They narrow what scopes grant, never widen. */
  readonly policies?: readonly Type<AccessPolicy>[];
  /** Indexed from now on (R4's own are anyway), and offered in type search. */
  readonly searchParameters?: readonly SearchParameter[];
  /** Providers of parts of the server, by their tokens (`replaceableParts`); they may inject what the module imports. */
  readonly parts?: readonly Provider[];
  /** Environment variables of its own; `extensionSettings` makes them. */
  readonly settings?: ExtensionSettings;
  /** Steps of its own tables, below `tablePrefix(name)`. */
  readonly migrations?: readonly ExtensionMigration[];
  /** Parts in `/health/ready`. */
  readonly health?: readonly Type<HealthIndicator>[];
  /** Commands of `lanyard`. */
  readonly commands?: readonly ExtensionCommand[];
}
