import type { Command } from 'commander';

import type { TryOptions } from '../actions/policy.js';

const actions = () => import('../actions/policy.js');

const setHelp = `
A file, for example care-team.yaml:
  policyGroups:
    - name: clinicians
      members: [dr-jane]
  policies:
    - name: care-team
      description: Clinicians see the patients of their care teams.
      assignedTo: { groups: [clinicians] }
      rules:
        - types: [Patient]
          constrain: _has:CareTeam:patient:participant={{fhirUser}}
        - types: [Observation, Condition]
          constrain: patient._has:CareTeam:patient:participant={{fhirUser}}
        - types: [CareTeam]
          permissions: cud
          deny: Care teams are changed by their coordinators.

Running servers follow within 5 seconds.`;

const tryHelp = `
Servers keep the distinct shapes of what they decided lately (ACCESS_SHAPES_DAYS): who, with which scopes, asked
for what of which type. They are decided again, with the policies as they are and with those of the files.`;

export function policyCommand(program: Command): void {
  const policy = program.command('policy').description('access policies: what narrows the scopes of users and apps');
  policy
    .command('list')
    .description('show the policies')
    .option('--json', 'as JSON, with the groups')
    .action(async (options: { readonly json?: true }) => (await actions()).list(options));
  policy
    .command('show <name>')
    .description('show one policy, as JSON')
    .action(async (name: string) => (await actions()).show(name));
  policy
    .command('history <name>')
    .description('show all versions of a policy: who changed it, when, and what it said')
    .action(async (name: string) => (await actions()).history(name));
  policy
    .command('check <file...>')
    .description('say everything that is wrong with the policies of YAML or JSON files; change nothing')
    .action(async (files: readonly string[]) => (await actions()).check(files));
  policy
    .command('try [file...]')
    .description('say which of the requests of lately the policies of files would treat otherwise; change nothing')
    .option('--remove <name...>', 'as if these policies were taken away')
    .option('--json', 'as JSON')
    .addHelpText('after', tryHelp)
    .action(async (files: readonly string[], options: TryOptions) => (await actions()).tryOut(files, options));
  policy
    .command('set <file...>')
    .description('put the policies and groups of YAML or JSON files in place; others stay')
    .addHelpText('after', setHelp)
    .action(async (files: readonly string[]) => (await actions()).set(files));
  policy
    .command('remove <name>')
    .description('take a policy away; its versions stay')
    .option('--group', 'a group instead')
    .action(async (name: string, options: { readonly group?: true }) => (await actions()).remove(name, options));
}
