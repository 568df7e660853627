import { type Command, CommanderError } from 'commander';
import type { Setup } from '../app/extensions/read-setup.js';
import { StartRefused } from '../config/checks/start-refused.js';
import { readEnvironment } from '../config/environment.js';
import { FhirError } from '../r4/errors/fhir-error.js';
import type { CommandHost, ExtensionCommand } from '../fhir/extension-command.js';
import { CommandFailed } from './command-failed.js';
import { openSetup } from './open-server.js';
import { print, remark } from './terminal.js';

/** Turns an error into one that names the extension whose command failed. */
type Explain = (error: unknown) => unknown;

/** Adds the commands of extensions where one may be meant, or all are listed; others need not load them. */
export async function addExtensionCommands(program: Command, args: readonly string[]): Promise<Explain> {
  const [first] = args.filter((arg) => !arg.startsWith('-'));
  const isListed = first === undefined || first === 'help';
  const isOwn = !isListed && program.commands.some((command) => command.name() === first);
  const setup = isOwn || !readEnvironment()['EXTENSIONS'] ? undefined : await loaded(isListed);
  let told: string | undefined;
  for (const [extension, command] of setup ? commandsOf(setup) : [])
    add(program, extension, command, setup!).hook('preAction', () => {
      told = `lanyard ${command.name} (${extension})`;
    });
  return (error) => (told === undefined ? error : failed(told, error));
}

/** Help is most needed where something is wrong. */
async function loaded(isListed: boolean): Promise<Setup | undefined> {
  try {
    return await openSetup();
  } catch (error) {
    if (!isListed || !(error instanceof StartRefused)) throw error;
    remark(...error.lines);
    return undefined;
  }
}

const commandsOf = ({ extensions }: Setup): readonly (readonly [string, ExtensionCommand])[] =>
  extensions.flatMap(({ name, features }) =>
    features.flatMap(({ commands = [] }) => commands.map((command) => [name, command] as const)),
  );

function add(program: Command, extension: string, given: ExtensionCommand, setup: Setup): Command {
  const command = program.command(given.name).description(`${given.description} (${extension})`);
  try {
    given.build(command, hostOf(setup));
  } catch (error) {
    throw failed(`lanyard ${given.name} (${extension})`, error);
  }
  return command;
}

const hostOf = (setup: Setup): CommandHost => ({
  print,
  withServer: async (work) => {
    const { withApp } = await import('../app/start/offline.js');
    return withApp(setup, remark, (app) => work({ get: (token) => app.get(token, { strict: false }) }));
  },
});

function failed(told: string, error: unknown): unknown {
  if (
    error instanceof CommanderError ||
    error instanceof StartRefused ||
    error instanceof FhirError ||
    error instanceof CommandFailed
  )
    return error;
  return new CommandFailed([`${told}: ${error instanceof Error ? error.message : String(error)}`]);
}
