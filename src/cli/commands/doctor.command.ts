import type { Command } from 'commander';
import type { DoctorCommandOptions } from '../actions/doctor.js';

export function doctorCommand(program: Command): void {
  program
    .command('doctor')
    .description('look whether everything that the server depends on is as it should be')
    .option('--base <url>', 'the FHIR base as clients call it; that of PUBLIC_URL when left out')
    .option('--token <jwt>', 'a token to run through every check; - reads it from the standard input')
    .option('--json', 'print the findings for machines')
    .addHelpText(
      'after',
      `
Looks at the settings, the database, the address that clients use, each issuer, and a token if one is given.
It changes nothing and reads no patient data, beside a running server or without one.
  lanyard doctor
  lanyard doctor --base https://fhir.example/fhir/r4
  echo "$TOKEN" | lanyard doctor --token -

✔ good, ! worth a look, ✘ wrong, – could not be seen from here; → says what to do.
Exit codes: 0 nothing is wrong, 1 something is, 2 written wrong.`,
    )
    .action(async (options: DoctorCommandOptions) => (await import('../actions/doctor.js')).doctor(options));
}
