import { type DynamicModule, type FactoryProvider, Module, type ModuleMetadata, type Provider } from '@nestjs/common';
import { SearchParameters } from '../r4/search/parameters/search-parameters.js';
import { AccessRules } from './access-rules.js';
import { Administration } from './administration/administration.js';
import { RefusalFilter } from './refusal.filter.js';
import { ScopeGuard } from './scope.guard.js';
import { SCOPE_OPTIONS, type ScopeOptions } from './scope-options.js';

export interface ScopeModuleAsyncOptions {
  readonly imports?: ModuleMetadata['imports'];
  readonly inject?: FactoryProvider['inject'];
  readonly useFactory: FactoryProvider<ScopeOptions>['useFactory'];
}

/** Decides what callers may do. Works beside AuthModule in any Nest application, with or without FhirModule. */
@Module({})
export class ScopeModule {
  static forRoot(options: ScopeOptions): DynamicModule {
    return define({ provide: SCOPE_OPTIONS, useValue: options });
  }

  static forRootAsync({ imports = [], inject = [], useFactory }: ScopeModuleAsyncOptions): DynamicModule {
    return define({ provide: SCOPE_OPTIONS, inject, useFactory }, imports);
  }
}

const parameters: FactoryProvider<SearchParameters> = {
  provide: SearchParameters,
  inject: [SCOPE_OPTIONS],
  useFactory: (options: ScopeOptions) => options.parameters ?? new SearchParameters(),
};

const rules: FactoryProvider<AccessRules> = {
  provide: AccessRules,
  inject: [SCOPE_OPTIONS, SearchParameters],
  useFactory: (options: ScopeOptions, search: SearchParameters) =>
    new AccessRules(
      { base: options.fhirBase, timeZone: options.timeZone ?? 'UTC', patientWrites: options.patientWrites },
      search,
      options.policies,
      options.withholding,
    ),
};

const define = (options: Provider, imports: NonNullable<ModuleMetadata['imports']> = []): DynamicModule => ({
  module: ScopeModule,
  imports,
  providers: [options, parameters, rules, Administration, ScopeGuard, RefusalFilter],
  exports: [SCOPE_OPTIONS, SearchParameters, AccessRules, Administration, ScopeGuard, RefusalFilter],
});
