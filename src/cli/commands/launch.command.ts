import { type Command, Option } from 'commander';
import type { LaunchOptions } from '../actions/launch.js';

const actions = () => import('../actions/launch.js');

export function launchCommand(program: Command): void {
  program
    .command('launch')
    .description('launch an app as an EHR does: prints the address to open in a browser')
    .requiredOption('--client <id>', 'the app')
    .requiredOption('--user <name>', 'who will log in; nobody else can use the launch')
    .option('--patient <id>', 'the patient in context')
    .option('--encounter <id>', 'the encounter in context')
    .option('--fhir-context <reference...>', 'further resources in context, such as ImagingStudy/i1')
    .option('--intent <word>', 'what the app is to do')
    .addOption(
      new Option('--patient-banner <how>', 'whether the app has to show who the patient is').choices(['show', 'hide']),
    )
    .addHelpText(
      'after',
      `
The address works once and for a few minutes. The app needs the scope "launch" and a launch URL (client add --launch-url).
  lanyard launch --client growth-chart --user dr-jane --patient p1`,
    )
    .action(async (options: LaunchOptions) => (await actions()).launch(options));
}
