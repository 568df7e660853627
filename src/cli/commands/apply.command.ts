import type { Command } from 'commander';
import type { ApplyOptions } from '../actions/apply.js';

const actions = () => import('../actions/apply.js');

export function applyCommand(program: Command): void {
  program
    .command('apply')
    .description(
      'make clients, users, access policies, suppression rules and tenants as files declare them; what is so already stays untouched',
    )
    .requiredOption('-f, --file <path...>', 'YAML or JSON files, or folders of them')
    .option('--dry-run', 'show what would change, and change nothing')
    .option('--prune', 'remove clients and suppression rules that "apply" made and that are not declared any more')
    .addHelpText(
      'after',
      `
A file, for example clients.yaml:
  clients:
    - id: growth-chart
      name: Growth chart
      kind: public
      redirectUris: [https://app.example/callback]
      scopes: openid fhirUser launch/patient patient/*.rs
    - id: nightly
      name: Nightly export
      kind: confidential-asymmetric
      jwksUri: https://app.example/jwks.json
      scopes: system/*.rs
  users:
    - name: dr-jane
      grants: user/*.cruds
      fhirUser: Practitioner/p1
      passwordFile: /run/secrets/dr-jane
    - name: officer
      grants: admin/Policy.cruds
  suppressionRules:
    - name: narratives
      code: dom-6
      type: Observation
      reason: The lab sends narratives from January.
      until: 2027-01-31
  tenants:
    - { name: north-hospital, administrator: root, limits: { bytes: 50000000000 } }
  policies, policyGroups: see lanyard policy set --help

Everything is checked before anything is changed. Secrets and passwords that are made are printed once, last.
Users, policies and tenants are never pruned: declare the first two with "disabled: true", a tenant with "state: suspended". A suppression rule whose time is over may stay
in the file; one that somebody changed elsewhere since is not pruned.

Exit codes: 0 all is as declared (now), 1 failed, 2 written wrong, 3 --dry-run found something to change.`,
    )
    .action(async (options: ApplyOptions) => (await actions()).apply(options));
}
