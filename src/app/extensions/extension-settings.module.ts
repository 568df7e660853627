import { type DynamicModule, Module } from '@nestjs/common';

/** Values of the settings of extensions, for every provider. */
@Module({})
export class ExtensionSettingsModule {
  static forRoot(values: ReadonlyMap<symbol, object>): DynamicModule {
    return {
      module: ExtensionSettingsModule,
      global: true,
      providers: [...values].map(([provide, useValue]) => ({ provide, useValue })),
      exports: [...values.keys()],
    };
  }
}
