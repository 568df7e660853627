import type { Command } from 'commander';
import type { LoadOptions, ShownOptions } from '../actions/terminology.js';

const actions = () => import('../actions/terminology.js');

export function terminologyCommand(program: Command): void {
  const terminology = program
    .command('terminology')
    .description('code systems with many concepts, such as LOINC and SNOMED CT');
  terminology
    .command('load <release>')
    .description(
      'load a release of a code system; it is there when all of it is, in the place of the same version before',
    )
    .addHelpText(
      'after',
      `
A release is a CodeSystem as JSON, or as NDJSON: the CodeSystem without concepts in the first line, a concept in each other (also .gz); or the
unpacked folder of LOINC, SNOMED CT (RF2), RxNorm or ICD-10-CM, as its publisher has it. Extensions of SNOMED CT lie in the same folder.
  lanyard terminology load ./codesystem.ndjson.gz
  lanyard terminology load ./Loinc_2.78
  lanyard terminology load ./RxNorm_full_05062024 --version 05062024`,
    )
    .option('--version <text>', 'the version, where the files do not say it, or instead of what they say')
    .action(async (release: string, options: LoadOptions) => (await actions()).load(release, options));
  terminology
    .command('list')
    .description('show the loaded code systems')
    .option('--json', 'as JSON')
    .action(async (options: ShownOptions) => (await actions()).list(options));
  terminology
    .command('remove <url>')
    .description('take a loaded code system out; with several versions as "url|version"')
    .action(async (name: string) => (await actions()).remove(name));
}
