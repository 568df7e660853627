import type { Command } from 'commander';
import type { GivenOptions, PlanOptions, ShownOptions } from '../actions/package.js';

const actions = () => import('../actions/package.js');

const as = ['--as <name@version>', 'the package that definitions without a package.json become'] as const;
const strict = ['--strict', 'refuse a package of which a dependency is missing or a definition is left out'] as const;

export function packageCommand(program: Command): void {
  const packages = program.command('package').description('FHIR packages: guides and terminology that are installed');
  packages
    .command('install <package...>')
    .description('install packages; a running server knows them within 5 seconds')
    .option(...as)
    .option(...strict)
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      `
A package is a .tgz, a folder, a https address, or NAME@VERSION from the folder PACKAGES or else from PACKAGE_REGISTRY.
Packages that rest on each other are given together. Definitions alone (JSON, NDJSON, also .gz) need a name:
  lanyard package install hl7.fhir.us.core@6.1.0
  lanyard package install ./us-core.tgz ./terminology.tgz --strict
  lanyard package install ./definitions --as my.guide@1.0.0`,
    )
    .action(async (given: readonly string[], options: GivenOptions) => (await actions()).install(given, options));
  packages
    .command('plan <package...>')
    .description('tell what an installation would change; exit code 3 if anything would')
    .option(...as)
    .option('--resources <which>', 'judge stored resources too: sample, sample:N of each type, all, or none', 'sample')
    .option('--json', 'as JSON')
    .action(async (given: readonly string[], options: PlanOptions) => (await actions()).plan(given, options));
  packages
    .command('list')
    .description('show the installed packages')
    .option('--json', 'as JSON')
    .action(async (options: ShownOptions) => (await actions()).list(options));
  packages
    .command('remove <name@version>')
    .description('take a package out, with its definitions')
    .action(async (name: string) => (await actions()).remove(name));
}
