import {
  Body,
  Controller,
  Delete,
  Get,
  Header,
  HttpCode,
  Inject,
  Patch,
  Post,
  Put,
  Req,
  UseFilters,
} from '@nestjs/common';
import { MethodNotAllowed } from '../../r4/errors/request-errors.js';
import { Refused } from '../../refusal/refusal.js';
import { LOCAL_AUTH_OPTIONS, type LocalAuthOptions } from '../accounts/local-auth.options.js';
import { Public } from '../public.decorator.js';
import { LoginErrorFilter } from './login-error.filter.js';
import {
  howToLogIn,
  howToSend,
  readLogin,
  readLogout,
  readRefresh,
  readRevoke,
  type HttpRequest,
} from './login-request.js';
import type { TokenResponse } from './login-tokens.js';
import { Login } from './login.js';
import { SessionEnd } from './session-end.js';
import { SessionRefresh } from './session-refresh.js';
import { refusal } from '../refusals/token-refusal.js';

/** Fastify cannot have one route for "any other method". */
const addresses = ['login', 'refresh', 'logout', 'revoke'];

/** The login family under the FHIR base, for first-party use: a password never goes to a third-party app. */
@Public()
@Controller()
@UseFilters(LoginErrorFilter)
export class LoginController {
  constructor(
    private readonly logins: Login,
    private readonly refreshes: SessionRefresh,
    private readonly ends: SessionEnd,
    @Inject(LOCAL_AUTH_OPTIONS) private readonly options: LocalAuthOptions,
  ) {}

  @Post('login')
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @Header('Pragma', 'no-cache')
  login(@Req() request: HttpRequest, @Body() body: unknown): Promise<TokenResponse> {
    this.refuseWhenOff();
    return this.logins.run(readLogin(request, body, this.options));
  }

  @Post('refresh')
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @Header('Pragma', 'no-cache')
  refresh(@Req() request: HttpRequest, @Body() body: unknown): Promise<TokenResponse> {
    this.refuseWhenOff();
    const { token, scope } = readRefresh(request, body);
    return this.refreshes.run(token, scope);
  }

  /** Answers also while `LOGIN` is off: what was given before can still be taken back. */
  @Post('logout')
  @HttpCode(204)
  @Header('Cache-Control', 'no-store')
  logout(@Req() request: HttpRequest, @Body() body: unknown): Promise<void> {
    return this.ends.logout(readLogout(request, body, this.options));
  }

  @Post('revoke')
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  revoke(@Req() request: HttpRequest, @Body() body: unknown): Promise<void> {
    return this.ends.revoke(readRevoke(request, body));
  }

  @Get(addresses)
  refuseGet(@Req() request: HttpRequest): never {
    return this.explain(request);
  }

  @Put(addresses)
  refusePut(@Req() request: HttpRequest): never {
    return this.explain(request);
  }

  @Patch(addresses)
  refusePatch(@Req() request: HttpRequest): never {
    return this.explain(request);
  }

  @Delete(addresses)
  refuseDelete(@Req() request: HttpRequest): never {
    return this.explain(request);
  }

  private explain({ method, url }: HttpRequest): never {
    const [path = ''] = url.split('?', 1);
    const address = path.slice(path.lastIndexOf('/'));
    if (address === '/login') this.refuseWhenOff();
    const how = address === '/login' ? howToLogIn(this.options.fhirBase) : howToSend(this.options.fhirBase, address);
    throw new MethodNotAllowed(method, address, ['POST'], how);
  }

  private refuseWhenOff(): void {
    if (this.options.loginEnabled) return;
    throw new Refused([
      refusal(
        'login-disabled',
        'Login with user name and password is switched off on this server (LOGIN=off).',
        'Get a token from an authorization server that this server trusts; or an administrator sets LOGIN=on.',
      ),
    ]);
  }
}
