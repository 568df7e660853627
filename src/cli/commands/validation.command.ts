import type { Command } from 'commander';
import type { SuppressOptions } from '../actions/validation.js';

const actions = () => import('../actions/validation.js');

export function validationCommand(program: Command): void {
  const validation = program.command('validation').description('rules that let findings of validation pass for a time');
  validation
    .command('list')
    .description('show the suppression rules')
    .option('--json', 'as JSON')
    .action(async (options: { readonly json?: true }) => (await actions()).list(options));
  validation
    .command('suppress <name>')
    .description('let a finding pass until a date; replaces the rule of that name')
    .requiredOption('--code <code>', 'code of the finding: details.coding.code')
    .requiredOption('--reason <text>', 'why; shown in answers')
    .requiredOption('--until <date>', 'last day or instant, 2 years ahead at most')
    .option('--profile <canonical>', 'only where this profile asks, with or without |version')
    .option('--type <type>', 'only in resources of this type')
    .option('--path <element>', 'only at this element, such as Patient.name.family')
    .addHelpText(
      'after',
      `
What matches becomes information that names the rule, and does not refuse a write any more. What storage, searches and
access rest on is never suppressed. Running servers follow within 5 seconds:
  lanyard validation suppress old-names --code us-core-6 --type Patient --until 2027-01-31 --reason "Names follow in January." \\
    --profile http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient`,
    )
    .action(async (name: string, options: SuppressOptions) => (await actions()).suppress(name, options));
  validation
    .command('remove <name>')
    .description('take a suppression rule away')
    .action(async (name: string) => (await actions()).remove(name));
}
