import { Controller, Get, Header, Param, Query, Req, UseFilters, UseGuards } from '@nestjs/common';
import { OauthJsonErrorFilter } from '../oauth-json-error.filter.js';
import { type AccessQuery, AccessQuestions, readQuestion } from './access-questions.js';
import { Administers, AdministratorGuard, type AdminRequest } from './administrator.guard.js';

/** Access of a user, by a login or through a client (docs/adr/0140). */
@Controller('users/:name/access')
@UseGuards(AdministratorGuard)
@UseFilters(OauthJsonErrorFilter)
export class UserAccessController {
  constructor(private readonly questions: AccessQuestions) {}

  @Get()
  @Administers('User', 'r')
  @Header('Cache-Control', 'no-store')
  async matrix(
    @Param('name') user: string,
    @Query() query: AccessQuery,
    @Req() request: AdminRequest,
  ): Promise<object> {
    return this.questions.matrix(request, { ...readQuestion(query, ['client', 'scope']), user });
  }

  @Get('patients/:patient')
  @Administers('User', 'r')
  @Header('Cache-Control', 'no-store')
  async record(
    @Param() { name, patient }: { readonly name: string; readonly patient: string },
    @Query() query: AccessQuery,
    @Req() request: AdminRequest,
  ): Promise<object> {
    return this.questions.record(request, { ...readQuestion(query, ['client', 'scope']), user: name }, patient);
  }
}

/** Access of a client that acts for itself (docs/adr/0140). */
@Controller('clients/:id/access')
@UseGuards(AdministratorGuard)
@UseFilters(OauthJsonErrorFilter)
export class ClientAccessController {
  constructor(private readonly questions: AccessQuestions) {}

  @Get()
  @Administers('Client', 'r')
  @Header('Cache-Control', 'no-store')
  async matrix(
    @Param('id') client: string,
    @Query() query: AccessQuery,
    @Req() request: AdminRequest,
  ): Promise<object> {
    return this.questions.matrix(request, { ...readQuestion(query, ['scope']), client });
  }

  @Get('patients/:patient')
  @Administers('Client', 'r')
  @Header('Cache-Control', 'no-store')
  async record(
    @Param() { id, patient }: { readonly id: string; readonly patient: string },
    @Query() query: AccessQuery,
    @Req() request: AdminRequest,
  ): Promise<object> {
    return this.questions.record(request, { ...readQuestion(query, ['scope']), client: id }, patient);
  }
}
