import { Controller, Delete, Get, Header, HttpCode, Param, Put, Req, UseFilters, UseGuards } from '@nestjs/common';
import { type KeptRule, SuppressionRules } from '../../fhir/storage/suppressions/suppression-rules.js';
import { Administers, AdministratorGuard, type AdminRequest } from '../../oauth2/clients/admin/administrator.guard.js';
import { versionToMatch } from '../../oauth2/clients/admin/version-to-match.js';
import { readJsonBody } from '../../oauth2/clients/json-body.js';
import { OauthJsonErrorFilter } from '../../oauth2/clients/oauth-json-error.filter.js';
import { InvalidRequest } from '../../r4/errors/fhir-error.js';
import { UnknownAddress } from '../../r4/errors/request-errors.js';
import { isOver } from '../../r4/validation/suppression/suppression-rule.js';
import { Administration } from '../../scope/administration/administration.js';

const example =
  '{"code":"dom-6","type":"Observation","reason":"The lab sends narratives from January.","until":"2027-01-31"}';

/** A rule as it is told: with whether its time is over. */
type RuleAnswer = KeptRule & { readonly isOver: boolean };

/** Rules that let findings of validation pass for a time, for users with `admin/Definition` rights (docs/adr/0113). */
@Controller('admin/suppression-rules')
@UseGuards(AdministratorGuard)
@UseFilters(OauthJsonErrorFilter)
export class SuppressionsController {
  constructor(
    private readonly rules: SuppressionRules,
    private readonly administration: Administration,
  ) {}

  @Get()
  @Administers('Definition', 's')
  @Header('Cache-Control', 'no-store')
  async list(): Promise<{ readonly rules: readonly RuleAnswer[] }> {
    return { rules: (await this.rules.list()).map(ruleAnswer) };
  }

  @Get(':name')
  @Administers('Definition', 'r')
  @Header('Cache-Control', 'no-store')
  async read(@Param('name') name: string): Promise<RuleAnswer> {
    const found = (await this.rules.list()).find((rule) => rule.name === name);
    if (!found) throw unknownRule();
    return ruleAnswer(found);
  }

  /** The whole rule; with If-Match only in the place of that version. */
  @Put(':name')
  @Administers('Definition', 'u', 'c')
  @Header('Cache-Control', 'no-store')
  async put(@Param('name') name: string, @Req() request: AdminRequest): Promise<RuleAnswer> {
    const form = { name, ...readJsonBody(request, example) };
    if (form.name !== name)
      throw new InvalidRequest({ code: 'value', diagnostics: 'name is not the one in the address; leave it out.' });
    const isNew = (await this.rules.list()).every((one) => one.name !== name);
    await this.administration.require(request.principal, 'Definition', isNew ? 'c' : 'u');
    return ruleAnswer(await this.rules.put(form, request.principal.subject, versionToMatch(request)));
  }

  @Delete(':name')
  @Administers('Definition', 'd')
  @HttpCode(204)
  @Header('Cache-Control', 'no-store')
  async remove(@Param('name') name: string, @Req() request: AdminRequest): Promise<void> {
    if (!(await this.rules.remove(name, versionToMatch(request)))) throw unknownRule();
  }
}

const ruleAnswer = (rule: KeptRule): RuleAnswer => ({ ...rule, isOver: isOver(rule) });
const unknownRule = (): UnknownAddress => new UnknownAddress('There is no suppression rule of that name.');
