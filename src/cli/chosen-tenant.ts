import { AsyncLocalStorage } from 'node:async_hooks';
import { wrongUsage } from './command-failed.js';

const chosen = new AsyncLocalStorage<string>();

/** Name of the tenant that the command is for; undefined: none was named, so it is `default`. */
export const chosenTenant = (): string | undefined => chosen.getStore();

/** Commands that are not for the server of one tenant; those of extensions all are. */
const aboveTenants: readonly string[] = [
  'extensions',
  'help',
  'migrate',
  'new',
  'openapi',
  'quickstart',
  'start',
  'tenant',
  'token',
];

/** Takes `--tenant NAME` off the arguments, and runs the command for that tenant. */
export function forChosenTenant<T>(args: readonly string[], run: (args: readonly string[]) => Promise<T>): Promise<T> {
  const [option, name, command, ...rest] = args;
  if (option !== '--tenant') return run(args);
  if (name === undefined || command === undefined)
    throw wrongUsage('Name the tenant and the command: lanyard --tenant north user list');
  if (aboveTenants.includes(command))
    throw wrongUsage(`--tenant: "${command}" is not of one tenant. Leave --tenant out.`);
  return asChosen(name, () => run([command, ...rest]));
}

/** Runs the work as a command for that tenant. */
export const asChosen = <T>(name: string, run: () => Promise<T>): Promise<T> => chosen.run(name, run);
