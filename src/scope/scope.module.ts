import { type DynamicModule, type FactoryProvider, Module, type ModuleMetadata, type Provider } from '@nestjs/common';
import { SearchParameters } from '../r4/search/parameters/search-parameters.js';
import { AccessRules } from './access-rules.js';
import { Administration } from './administration/administration.js';
import { ACCESS_DECISION, type AccessDecisionPoint } from './decision-point/access-decision-point.js';
import { RefusalFilter } from './refusal.filter.js';
import { ScopeGuard } from './scope.guard.js';
import { SCOPE_OPTIONS, type ScopeOptions } from './scope-options.js';

/** Options of `ScopeModule` that other providers make. */
export interface ScopeModuleAsyncOptions {
  readonly imports?: ModuleMetadata['imports'];
  readonly inject?: FactoryProvider['inject'];
  readonly useFactory: FactoryProvider<ScopeOptions>['useFactory'];
  /** As in `forRoot`. */
  readonly parts?: readonly Provider[];
}

/** Decides what callers may do. Works beside AuthModule in any Nest application, with or without FhirModule. */
@Module({})
export class ScopeModule {
  /** `parts`: provider of `ACCESS_DECISION`, with what it injects. */
  static forRoot(options: ScopeOptions, parts: readonly Provider[] = []): DynamicModule {
    return define({ provide: SCOPE_OPTIONS, useValue: options }, parts);
  }

  static forRootAsync({ imports = [], inject = [], useFactory, parts = [] }: ScopeModuleAsyncOptions): DynamicModule {
    return define({ provide: SCOPE_OPTIONS, inject, useFactory }, parts, imports);
  }
}

const parameters: FactoryProvider<SearchParameters> = {
  provide: SearchParameters,
  inject: [SCOPE_OPTIONS],
  useFactory: (options: ScopeOptions) => options.parameters ?? new SearchParameters(),
};

const rules: FactoryProvider<AccessRules> = {
  provide: AccessRules,
  inject: [SCOPE_OPTIONS, SearchParameters, { token: ACCESS_DECISION, optional: true }],
  useFactory: (options: ScopeOptions, search: SearchParameters, point?: AccessDecisionPoint) => {
    const { fhirBase: base, timeZone = 'UTC', patientWrites, exportForUsers, policies, withholding } = options;
    const made = new AccessRules({ base, timeZone, patientWrites, exportForUsers }, search, policies, withholding);
    if (point) made.setDecisionPoint(point);
    return made;
  },
};

const define = (
  options: Provider,
  parts: readonly Provider[],
  imports: NonNullable<ModuleMetadata['imports']> = [],
): DynamicModule => ({
  module: ScopeModule,
  imports,
  providers: [options, ...parts, parameters, rules, Administration, ScopeGuard, RefusalFilter],
  exports: [SCOPE_OPTIONS, SearchParameters, AccessRules, Administration, ScopeGuard, RefusalFilter],
});
