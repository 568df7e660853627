import type { Command } from 'commander';
import type { OpenApiCommandOptions } from '../actions/openapi.js';

export function openapiCommand(program: Command): void {
  program
    .command('openapi')
    .description('print the OpenAPI 3.1 document of a server with these settings')
    .option('--type <types>', 'leave the routes of other types out, such as "Patient,Observation"')
    .option('--plain', 'leave the elements of resources out, which some tools take minutes over')
    .option('--yaml', 'print YAML in the place of JSON')
    .addHelpText(
      'after',
      `
Needs neither a running server nor a database. Search parameters that are stored as SearchParameter resources
are in /openapi.json of the running server alone.
  lanyard openapi > openapi.json
  lanyard openapi --type Patient,Observation --yaml`,
    )
    .action(async (options: OpenApiCommandOptions) => (await import('../actions/openapi.js')).printOpenApi(options));
}
