import { type DynamicModule, type FactoryProvider, Module, type ModuleMetadata, type Provider } from '@nestjs/common';
import { RouterModule } from '@nestjs/core';
import { StartRefused } from '../config/checks/start-refused.js';
import { type HealthIndicator, HealthIndicators } from '../observability/health-indicators.js';
import { SearchOffer } from '../r4/search/parameters/search-offer.js';
import { AccessRules } from '../scope/access-rules.js';
import type { AccessPolicy } from '../scope/policies/policy.js';
import { builtIn } from './built-in.feature.js';
import { ExtensionCalls } from './extensions/extension-calls.js';
import { guardedPolicy } from './extensions/guarded-policy.js';
import type { Hook } from './extensions/hook.js';
import { Hooks } from './extensions/hooks.js';
import type { FhirFeature } from './feature.js';
import { FeatureFaults } from './feature-faults.js';
import { withFeature } from './feature-tree.js';
import { FHIR_OPTIONS, type FhirOptions } from './fhir-options.js';
import { type Operation, Operations } from './operations/operation.js';
import { DiscoveryController } from './http/documents/discovery.controller.js';
import { FhirHttpModule } from './fhir-http.module.js';
import { FhirInteractionsModule } from './fhir-interactions.module.js';
import { FhirStorageModule } from './fhir-storage.module.js';
import { partsModule, TakenParts } from './parts.js';

/** Options of `FhirModule` that other providers make. */
export interface FhirModuleAsyncOptions {
  /** AuthModule and ScopeModule of the application. */
  readonly imports: readonly DynamicModule[];
  readonly inject?: FactoryProvider['inject'];
  readonly useFactory: FactoryProvider<FhirOptions>['useFactory'];
  /** Path of the FHIR base, known before the factory runs. */
  readonly basePath: string;
}

/** The FHIR R4 API over the application's TypeORM DataSource (`fhirSchema`). */
@Module({})
export class FhirModule {
  static forRoot(options: FhirOptions, imports: readonly DynamicModule[]): DynamicModule {
    return define({ provide: FHIR_OPTIONS, useValue: options }, options.basePath, imports);
  }

  static forRootAsync({ imports, inject = [], useFactory, basePath }: FhirModuleAsyncOptions): DynamicModule {
    return define({ provide: FHIR_OPTIONS, inject, useFactory }, basePath, imports);
  }

  /** Adds what a feature has, and replaces parts, while the application starts; its settings, migrations and commands are read before. */
  static forFeature(feature: FhirFeature, imports: ModuleMetadata['imports'] = []): DynamicModule {
    const { operations = [], hooks = [], policies = [], health = [] } = feature;
    const made = [...operations, ...hooks, ...policies];
    const registration: FactoryProvider = {
      provide: Symbol('FhirFeature'),
      inject: [FeatureFaults, Operations, Hooks, AccessRules, SearchOffer, ExtensionCalls, ...made],
      useFactory: (faults: FeatureFaults, ...injected: unknown[]) =>
        faults.collect(feature.name, () => register(feature, injected)),
    };
    const parts = partsModule(feature);
    const providers = [...made, registration, ...health, watch(feature), ...(parts.providers ?? [])];
    return withFeature({ module: FhirFeatureModule, imports, ...parts, providers }, feature);
  }
}

@Module({})
export class FhirFeatureModule {}

/** Its parts get the options, and what ScopeModule and AuthModule export, from what this exports. */
const define = (options: Provider, basePath: string, imports: readonly DynamicModule[]): DynamicModule => ({
  module: FhirModule,
  // Global, so that its parts and feature modules find what they register with.
  global: true,
  imports: [
    ...imports,
    FhirStorageModule,
    FhirInteractionsModule,
    FhirHttpModule,
    RouterModule.register([{ path: basePath, module: FhirHttpModule }]),
    FhirModule.forFeature(builtIn),
  ],
  controllers: [DiscoveryController],
  providers: [FeatureFaults, HealthIndicators, options, TakenParts],
  exports: [
    FeatureFaults,
    FHIR_OPTIONS,
    HealthIndicators,
    TakenParts,
    FhirStorageModule,
    FhirInteractionsModule,
    FhirHttpModule,
    ...imports,
  ],
});

const watch = ({ name, health = [] }: FhirFeature): FactoryProvider => ({
  provide: Symbol('health'),
  inject: [FeatureFaults, HealthIndicators, ...health],
  useFactory: (faults: FeatureFaults, all: HealthIndicators, ...indicators: HealthIndicator[]) =>
    faults.collect(name, () => all.add(name, ...indicators)),
});

function register(feature: FhirFeature, injected: readonly unknown[]): void {
  const { name, operations = [], hooks = [], searchParameters = [] } = feature;
  const [offered, hooked, rules, search, calls, ...instances] = injected as [
    Operations,
    Hooks,
    AccessRules,
    SearchOffer,
    ExtensionCalls,
    ...unknown[],
  ];
  const policiesAt = operations.length + hooks.length;
  offered.add(name, ...(instances.slice(0, operations.length) as Operation[]));
  hooked.add(name, ...(instances.slice(operations.length, policiesAt) as Hook[]));
  const policies = instances.slice(policiesAt) as AccessPolicy[];
  for (const policy of policies) {
    if (rules.policies.some((other) => other.name === policy.name)) {
      throw new StartRefused(`${name}: there is a policy ${policy.name} already. Give this one another name.`);
    }
    rules.addPolicies(guardedPolicy(name, policy, calls));
  }
  search.add(...searchParameters);
}
