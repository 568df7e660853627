import { Body, Controller, Get, Param, Post, Req, Res, UseFilters, UseGuards } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LocalAccounts } from '../../auth/accounts/local-accounts.js';
import { Public } from '../../auth/public.decorator.js';
import type { LaunchContext } from '../launch/launch-context.js';
import { InteractionExpired } from '../provider/interactions/interaction-errors.js';
import { Interactions, type OpenInteraction } from '../provider/interactions/interactions.js';
import { offeredScopes } from '../scopes/offered-scopes.js';
import { decideScopes, grantsNothing } from './consent/decide-scopes.js';
import { type InteractionState, loginOf, readState } from './interaction-state.js';
import { InteractionSteps, type Visit } from './interaction-steps.js';
import { readNewPassword } from './new-password.js';
import { PageAudit } from './page-audit.js';
import { PageErrorFilter } from './page-error.filter.js';
import { PageLooks } from './look.js';
import type { PageForm } from './page-form.js';
import { PageGuard } from './page-guard.js';
import { pageHeaders } from './page.js';
import { PatientDirectory } from './patient-directory.js';
import { SignIn, type SignInStep } from './sign-in.js';
import { leavingPage } from './views/leaving-page.js';
import { RateCost, SignInRate } from '../sign-in-rate.js';

/** One request of the browser: its interaction, and where the answer goes. */
interface Call {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly open: OpenInteraction;
  readonly state: InteractionState;
}

interface Submission extends Call {
  readonly form: PageForm;
}

/** The pages between an app's authorization request and its answer, below the address that the interaction's cookie is for. */
@Public()
@Controller('interaction/:uid')
@UseGuards(SignInRate)
@UseFilters(PageErrorFilter)
export class InteractionController {
  constructor(
    private readonly interactions: Interactions,
    private readonly steps: InteractionSteps,
    private readonly guard: PageGuard,
    private readonly signIn: SignIn,
    private readonly accounts: LocalAccounts,
    private readonly patients: PatientDirectory,
    private readonly audit: PageAudit,
    private readonly looks: PageLooks,
  ) {}

  @Get()
  async show(@Req() request: FastifyRequest, @Res() reply: FastifyReply, @Param('uid') uid: string): Promise<void> {
    const call = await this.open(request, reply, uid);
    const login = await this.steps.loginAlone(call.open);
    if (!login) return this.page(call);
    redirect(reply, await this.interactions.logIn(request.raw, reply.raw, call.open, login));
  }

  @Post('login')
  async logIn(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('uid') uid: string,
    @Body() body: unknown,
  ) {
    const sent = await this.submit(request, reply, uid, body);
    await this.goOn(sent, await this.signIn.password(sent.form, request.ip));
  }

  @Post('code')
  async giveCode(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('uid') uid: string,
    @Body() body: unknown,
  ) {
    const sent = await this.submit(request, reply, uid, body);
    const account = await this.pendingOf(sent);
    await this.goOn(sent, await this.signIn.code(account, sent.form), account.name);
  }

  @Post('passkey')
  async usePasskey(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('uid') uid: string,
    @Body() body: unknown,
  ) {
    const sent = await this.submit(request, reply, uid, body);
    const account = await this.pendingOf(sent);
    const { challenge, ...state } = sent.state;
    await this.steps.save(sent.open, state);
    await this.goOn({ ...sent, state }, await this.signIn.passkey(account, sent.form, challenge), account.name);
  }

  /** Replaces a one-time password. */
  @Post('password')
  @RateCost(10)
  async choosePassword(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('uid') uid: string,
    @Body() body: unknown,
  ) {
    const sent = await this.submit(request, reply, uid, body);
    const account = await this.accounts.findActiveByName(this.loginOf(sent).account);
    if (!account || account.oneTimeUntil === null) throw new InteractionExpired();
    const chosen = readNewPassword(sent.form, account.name);
    if ('error' in chosen) return this.page(sent, { errors: [chosen.error] });
    if (!(await this.accounts.replaceOneTimePassword(account, chosen.password))) throw new InteractionExpired();
    this.audit.changed(request, account.name, 'password chosen in place of a one-time password');
    await this.keep(sent, sent.state);
  }

  @Post('switch')
  async switchAccount(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('uid') uid: string,
    @Body() body: unknown,
  ) {
    const sent = await this.submit(request, reply, uid, body);
    await this.keep(sent, { switched: true });
  }

  /** Shows what is found and keeps nothing: names of patients stay out of addresses, which are logged. */
  @Post('patients')
  async searchPatients(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('uid') uid: string,
    @Body() body: unknown,
  ) {
    const sent = await this.submit(request, reply, uid, body);
    const { form } = sent;
    const query = { name: form.text('name'), birthDate: form.text('birthdate'), identifier: form.text('identifier') };
    const page = form.text('page');
    await this.page(sent, { query: page === '' ? query : { ...query, page } });
  }

  @Post('patient')
  async choosePatient(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('uid') uid: string,
    @Body() body: unknown,
  ) {
    const sent = await this.submit(request, reply, uid, body);
    const login = this.loginOf(sent);
    const patient = sent.form.text('patient');
    if (!sent.open.needs.patient || !(await this.patients.maySee(login.account, patient))) {
      return this.page(sent, { errors: [{ text: ({ patients }) => patients.cannot }] });
    }
    const { encounter: _, ...state } = sent.state;
    await this.keep(sent, { ...state, patient });
  }

  @Post('encounter')
  async chooseEncounter(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('uid') uid: string,
    @Body() body: unknown,
  ) {
    const sent = await this.submit(request, reply, uid, body);
    await this.keep(sent, { ...sent.state, encounter: sent.form.text('encounter') });
  }

  @Post('cancel')
  async cancel(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('uid') uid: string,
    @Body() body: unknown,
  ) {
    await this.deny(await this.submit(request, reply, uid, body));
  }

  @Post('consent')
  async decide(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('uid') uid: string,
    @Body() body: unknown,
  ) {
    const sent = await this.submit(request, reply, uid, body);
    const { form, open, state } = sent;
    if (form.text('decision') !== 'allow') return this.deny(sent);
    const login = this.loginOf(sent);
    const account = await this.accounts.findActiveByName(login.account);
    if (!account) throw new InteractionExpired();
    const offered = offeredScopes(open.asked, open.client, account).offered.map(({ scope }) => scope);
    const kept = decideScopes(offered, { keep: form.all('keep'), only: form.all('only'), boxes: form.all('box') });
    const encounterChosen = (open.launch?.context.encounter ?? state.encounter ?? '') !== '';
    const scopes = kept.filter((scope) => scope !== 'launch/encounter' || encounterChosen);
    if (grantsNothing(scopes)) {
      return this.page(sent, { errors: [{ text: ({ consent }) => consent.nothingTicked }] });
    }
    const context = contextOf(scopes, open.launch?.context ?? {}, state);
    const decided = await this.interactions.decide(request.raw, reply.raw, open, { ...login, scopes, context });
    this.audit.concluded(request, open, account.name, decided);
    this.leave(sent, decided.address);
  }

  private async open(request: FastifyRequest, reply: FastifyReply, uid: string): Promise<Call> {
    const open = await this.interactions.open(request.raw, reply.raw);
    if (open.uid !== uid) throw new InteractionExpired();
    return { request, reply, open, state: readState(open) };
  }

  private async submit(request: FastifyRequest, reply: FastifyReply, uid: string, body: unknown): Promise<Submission> {
    const call = await this.open(request, reply, uid);
    return { ...call, form: await this.guard.read(`interaction:${uid}`, request, body) };
  }

  private async page({ request, reply, open }: Call, shown: Partial<Visit> = {}): Promise<void> {
    const token = await this.guard.tokenFor(`interaction:${open.uid}`, request, reply);
    const look = this.looks.for(request.headers, open.uiLocales);
    const text = await this.steps.show({ ...shown, open, look, token, seen: this.audit.seenBy(request) });
    void reply
      .code(shown.errors ? 422 : 200)
      .headers(pageHeaders)
      .send(text);
  }

  /** Keeps only the login: choices made before it, perhaps by another user, are dropped. */
  private async goOn(sent: Submission, step: SignInStep, name = sent.form.text('name')): Promise<void> {
    this.audit.signIn(sent.request, step, name, sent.open.client.id);
    if ('error' in step) return this.page(sent, { errors: [step.error], name: sent.form.text('name') });
    if ('pending' in step) return this.keep(sent, { switched: true, pending: step.pending.name });
    const authenticatedAt = Math.floor(Date.now() / 1_000);
    return this.keep(sent, { account: step.account.name, authenticatedAt, amr: [...step.amr] });
  }

  private async keep({ reply, open }: Call, state: InteractionState): Promise<void> {
    await this.steps.save(open, state);
    redirect(reply, this.steps.addressOf(open));
  }

  private async deny(sent: Submission): Promise<void> {
    const { request, reply, open, state } = sent;
    this.audit.denied(request, open, 'denied', loginOf(open, state)?.account);
    this.leave(sent, await this.interactions.refuse(request.raw, reply.raw, open, 'denied'));
  }

  private leave({ request, reply, open }: Call, address: string): void {
    const look = this.looks.for(request.headers, open.uiLocales);
    const text = leavingPage(look, open.client.name, address);
    void reply.code(200).headers(pageHeaders).send(text);
  }

  private async pendingOf({ state }: Call) {
    const account = state.pending === undefined ? undefined : await this.accounts.findActiveByName(state.pending);
    if (!account) throw new InteractionExpired();
    return account;
  }

  private loginOf({ open, state }: Pick<Call, 'open' | 'state'>) {
    const login = loginOf(open, state);
    if (!login) throw new InteractionExpired();
    return login;
  }
}

/** Context for the token: only with access to a record. Users cannot change what the launch says. */
function contextOf(scopes: readonly string[], prepared: LaunchContext, state: InteractionState): LaunchContext {
  if (!scopes.some((scope) => scope.startsWith('launch') || scope.startsWith('patient/'))) return {};
  const patient = prepared.patient ?? state.patient;
  const encounter = prepared.encounter ?? state.encounter ?? '';
  return { ...(patient !== undefined && { patient }), ...(encounter !== '' && { encounter }) };
}

function redirect(reply: FastifyReply, location: string): void {
  const { 'content-type': _, ...headers } = pageHeaders;
  void reply
    .code(303)
    .headers({ ...headers, location })
    .send();
}
