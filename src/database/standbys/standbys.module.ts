import { type DynamicModule, Module } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { type StandbyOptions, Standbys } from './standbys.js';

/** The standbys of the application's DataSource, for FhirModule to read from. */
@Module({})
export class StandbysModule {
  static forRoot(options: StandbyOptions): DynamicModule {
    return {
      module: StandbysModule,
      providers: [
        {
          provide: Standbys,
          inject: [DataSource],
          useFactory: (primary: DataSource) => new Standbys(primary, options),
        },
      ],
      exports: [Standbys],
    };
  }
}
