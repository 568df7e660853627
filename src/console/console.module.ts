import { type DynamicModule, Module } from '@nestjs/common';
import { ConsoleFiles } from './console-files.js';
import { CONSOLE_OPTIONS, type ConsoleOptions } from './console-options.js';
import { ConsoleController } from './console.controller.js';

/** The web console below `/console`: files that the workspace `console` is built into. */
@Module({})
export class ConsoleModule {
  static forRoot(options: ConsoleOptions): DynamicModule {
    return {
      module: ConsoleModule,
      controllers: [ConsoleController],
      providers: [
        { provide: ConsoleFiles, useFactory: () => new ConsoleFiles() },
        { provide: CONSOLE_OPTIONS, useValue: options },
      ],
      exports: [CONSOLE_OPTIONS],
    };
  }
}
