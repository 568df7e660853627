import { Controller, Header, HttpCode, Post, Req, UseFilters, UseGuards } from '@nestjs/common';
import { z } from 'zod';
import { PolicyTrials } from '../../../fhir/operations/caller/policy-trials.js';
import { AccessPolicies } from '../../../fhir/storage/policies/access-policies.js';
import { InvalidRequest, type Issue } from '../../../r4/errors/fhir-error.js';
import { policyForm, groupForm, readPolicyGroup } from '../../../scope/policies/read-stored-policy.js';
import type { TrialSummary } from '../../../scope/trials/trial-report.js';
import { readJsonBody } from '../json-body.js';
import { OauthJsonErrorFilter } from '../oauth-json-error.filter.js';
import { Administers, AdministratorGuard, type AdminRequest } from './administrator.guard.js';
import { PolicyKeepers } from './policy-keepers.js';

const example =
  '{"policies":[{"name":"final-only","description":"Final results only","assignedTo":{"clients":["growth-chart"]},"rules":[{"types":["Observation"],"constrain":"status=final"}]}]}';

const most = 100;

/** Changes of policies that are to be tried; each policy and group as it would be put. */
export const trialForm = z.strictObject({
  policies: z.array(policyForm).max(most).optional(),
  groups: z.array(groupForm).max(most).optional(),
  remove: z.array(z.string()).max(most).optional(),
});

/** The members of the form, before each policy is read by the reader of policies, which says all that is wrong. */
const outerForm = z.strictObject({
  policies: z.array(z.unknown()).max(most).default([]),
  groups: z.array(z.unknown()).max(most).default([]),
  remove: z.array(z.string()).max(most).default([]),
});

/** `/policy-trials`: which of the requests of lately other policies would treat otherwise (docs/adr/0101). */
@Controller('policy-trials')
@UseGuards(AdministratorGuard)
@UseFilters(OauthJsonErrorFilter)
export class PolicyTrialsController {
  constructor(
    private readonly policies: AccessPolicies,
    private readonly trials: PolicyTrials,
    private readonly keepers: PolicyKeepers,
  ) {}

  /** Changes nothing. The answer names users and clients, so it is for who may change policies. */
  @Post()
  @Administers('Policy', 'u', 'c', 'd')
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  async try(@Req() request: AdminRequest): Promise<TrialSummary & { readonly lockedOut?: string }> {
    const read = outerForm.safeParse(readJsonBody(request, example));
    if (!read.success)
      throw refused(read.error.issues.map(({ path, message }) => `${path.join('.') || 'The body'}: ${message}.`));
    const { policies: forms, groups: groupForms, remove } = read.data;
    if (forms.length + groupForms.length + remove.length === 0)
      throw refused([`The body says nothing to try: give policies, groups or remove. Send ${example}`]);
    const groups = groupForms.map(readPolicyGroup);
    const policies = [];
    for (const form of forms) policies.push(await this.policies.check(form));
    const summary = await this.trials.try({ policies, groups, remove });
    const reasons = await Promise.all(
      policies.map((policy) => this.keepers.whyNobodyKeeps(request.principal, policy, groups)),
    );
    const [lockedOut] = reasons.flatMap((reason) => reason?.fact ?? []);
    return { ...summary, ...(lockedOut !== undefined && { lockedOut }) };
  }
}

const refused = (problems: readonly string[]): InvalidRequest =>
  new InvalidRequest(...(problems.map((diagnostics) => ({ code: 'value', diagnostics })) as [Issue, ...Issue[]]));
