import type { InjectionToken } from '@nestjs/common';
import type { Command } from 'commander';

/** A command of an extension: `lanyard NAME …`. */
export interface ExtensionCommand {
  /** a-z, 0-9 and "-". */
  readonly name: string;
  /** One line of `lanyard --help`. */
  readonly description: string;
  /** Adds arguments, options and subcommands, each with its action. An error of an action is told by its message, with exit code 1. */
  build(command: Command, host: CommandHost): void;
}

/** Functions that commands of extensions get from the command line. */
export interface CommandHost {
  /** Runs work with the application and its database, without HTTP, beside a running server or alone. */
  withServer<T>(work: (server: CommandServer) => Promise<T>): Promise<T>;
  /** Writes lines to the standard output. */
  print(...lines: readonly string[]): void;
}

/** The application that a command of an extension works with. */
export interface CommandServer {
  /** Returns a provider of any module. */
  get<T>(token: InjectionToken<T>): T;
}
