import type { DynamicModule, Type } from '@nestjs/common';

/** A module that adds to the server: it imports `FhirModule.forFeature(…)`, and may have controllers and providers of its own. */
export type FeatureModule = Type | DynamicModule;
