// What is read from the modules of an extension before there is an application
import { type DynamicModule, forwardRef, Module } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import type { FhirFeature } from './feature.js';
import { featuresOf, findFeatures } from './feature-tree.js';
import { FhirFeatureModule, FhirModule } from './fhir.module.js';

const feature = (name: string): FhirFeature => ({ name });
const [one, two] = [feature('one'), feature('two')];

@Module({ imports: [FhirModule.forFeature(one)] })
class One {}

@Module({})
class Outer {}

describe('the features of a module', () => {
  it('are those that its imports were made with, in a class and in a dynamic module', async () => {
    expect(await featuresOf(One)).toEqual([one]);
    expect(await featuresOf(FhirModule.forFeature(two))).toEqual([two]);
    expect(await featuresOf({ module: One, imports: [FhirModule.forFeature(two)] })).toEqual([two, one]);
  });

  it('are found through promises and forward references', async () => {
    const later = Promise.resolve<DynamicModule>({ module: Outer, imports: [FhirModule.forFeature(two)] });
    @Module({ imports: [later, forwardRef(() => One)] })
    class Both {}
    expect(await featuresOf(Both)).toEqual([two, one]);
  });

  it('count once, whoever imports them, in a circle too', async () => {
    const circle: DynamicModule = { module: Outer, imports: [One, One] };
    circle.imports?.push(circle, { module: Outer, imports: [circle] });
    expect(await featuresOf(circle)).toEqual([one]);
  });

  it('are kept by a copy of the module, and tell who made it', async () => {
    const copy: DynamicModule = { ...FhirModule.forFeature(one), global: true };
    expect(await findFeatures(copy)).toEqual([{ feature: one, madeBy: FhirFeatureModule }]);
  });

  it('are none where the module has none, or where an import is missing', async () => {
    @Module({ imports: [undefined as never] })
    class Nothing {}
    expect(await featuresOf(Nothing)).toEqual([]);
  });
});
