import { All, Controller, Inject, Req, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AUTH_OPTIONS, type AuthOptions } from '../../auth/auth-options.js';
import { Authenticator } from '../../auth/authenticator.js';
import { readCredentials } from '../../auth/credentials/credentials.js';
import { Public } from '../../auth/public.decorator.js';
import { TokenExplainer } from '../../auth/refusals/token-explainer.js';
import { Refused } from '../../refusal/refusal.js';
import { AccessRules } from '../../scope/access-rules.js';
import { explanationParameters } from '../../scope/explain/explanation-parameters.js';
import { explanationText } from '../../scope/explain/explanation-text.js';
import { asResource } from '../interactions/parse-resource.js';
import { SearchInteraction } from '../interactions/search/search.interaction.js';
import { InvalidRequest } from '../../r4/errors/fhir-error.js';
import { FHIR_OPTIONS, type FhirOptions } from '../fhir-options.js';
import { isObject, type Json, writeJson } from '../../r4/json/json.js';
import { readShortJson } from '../../r4/json/read-json.js';
import { MethodNotAllowed } from '../../r4/errors/request-errors.js';
import { readAskedRequest } from '../operations/asked-request.js';
import { declarationOf } from '../operations/declaration/declaration-of.js';
import { type ExplainInput, readExplainForm, readExplainParameters } from '../operations/caller/explain-access.js';
import { asAsking, explainAccess, type ExplainMeans } from '../operations/caller/explain-request.js';
import { Operations } from '../operations/operation.js';
import { readXml } from '../../r4/xml/read-xml.js';
import { XmlMeter } from '../../r4/xml/xml-meter.js';
import type { FhirAnswer } from './answer/answer.js';
import { ExplainThrottle } from './explain-throttle.js';
import { FhirExceptionFilter } from './fhir-exception.filter.js';
import type { FhirRequest } from './fhir-request.js';
import { formatOfType } from './answer/formats.js';
import { prefersText } from './answer/prefers-text.js';
import { queryOf, representationOf } from './answer/representation.js';
import { type Body, writeAnswer } from './answer/write-answer.js';
import type { LargeBody } from './body/large-body.js';
import { isForm } from './body/media-types.js';
import { ReadBody } from './body/read-body.pipe.js';

/**
 * `POST [base]/$explain-access`: token and request line in, every step of the decision out. Open, because a token that does
 * not count is what most want explained; whoever has a token would learn the same by sending it (ADR 26). No stored data.
 */
@Public()
@Controller()
@UseFilters(FhirExceptionFilter)
export class ExplainAccessController {
  constructor(
    private readonly explainer: TokenExplainer,
    private readonly authenticator: Authenticator,
    private readonly throttle: ExplainThrottle,
    private readonly rules: AccessRules,
    private readonly operations: Operations,
    private readonly search: SearchInteraction,
    private readonly bodies: ReadBody,
    @Inject(FHIR_OPTIONS) private readonly options: FhirOptions,
    @Inject(AUTH_OPTIONS) private readonly auth: AuthOptions,
  ) {}

  @All('$explain-access')
  async explain(@Req() request: FhirRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<Body> {
    return writeAnswer(await this.answer(request), request, reply);
  }

  private async answer(request: FhirRequest): Promise<FhirAnswer> {
    requirePost(request);
    const isText = prefersText(request);
    request.representation = isText ? undefined : representationOf(request, queryOf(request.url));
    this.throttle.take(request.ip);
    const own = this.ownToken(request);
    if (own === undefined || !('principal' in (await this.authenticator.byToken(own)))) this.throttle.takeAsStranger();
    const input = await this.readInput(await this.bodies.receive(request), request.headers['content-type'] ?? '');
    const token = input.token ?? own;
    if (token === undefined) throw noToken();
    const asked = input.request === undefined ? undefined : readAskedRequest(input.request, this.options.base);
    const body = isObject(input.body) ? input.body : undefined;
    const report = await asAsking(await this.explainer.explain(token), asked, this.means);
    const explanation = explainAccess(report, asked, body, this.means);
    if (isText) return { text: explanationText(explanation) };
    const json = writeJson(explanationParameters(explanation, this.options.base));
    return { json, headers: { 'cache-control': 'no-store' } };
  }

  private get means(): ExplainMeans {
    const { offer, parameters, options, seal } = this.search;
    const declared: ExplainMeans['declared'] = (interaction) => declarationOf(this.operations, interaction)?.access;
    return { offer, parameters, options, seal, rules: this.rules, declared };
  }

  /** That of the Authorization header; it need not count. */
  private ownToken(request: FastifyRequest): string | undefined {
    const { rawHeaders } = request.raw;
    const source = { rawHeaders, url: request.url, method: request.method, remoteAddress: request.ip };
    const credentials = readCredentials(source, { ...this.auth, basic: false });
    if (credentials.kind === 'bearer') return credentials.token;
    if (credentials.kind === 'refused' && credentials.refusal.code !== 'no-credentials') {
      throw new Refused([credentials.refusal]);
    }
    return undefined;
  }

  private async readInput(body: string | LargeBody, contentType: string): Promise<ExplainInput> {
    const text = typeof body === 'string' ? body : await body.take();
    const limits = { depthLimit: this.options.depthLimit, valuesLimit: mostValues };
    const parse = (json: string): Json => readShortJson(json, limits);
    if (text === '') return {};
    if (isForm(contentType)) {
      return readExplainForm(new URLSearchParams(text), parse);
    }
    const isXml = formatOfType(contentType) === 'xml';
    if (isXml) new XmlMeter(mostValues).look(Buffer.from(text));
    const document = isXml ? readXml(text, this.options.depthLimit) : parse(text);
    return readExplainParameters(asResource(document, 'Parameters'), parse);
  }
}

/** Values of a request to explain: few, because no token was checked before it is read. */
const mostValues = 10_000;

function requirePost({ method }: FastifyRequest): void {
  if (method === 'POST') return;
  throw new MethodNotAllowed(method, '$explain-access', ['POST'], 'Tokens do not belong into addresses.');
}

const noToken = (): InvalidRequest =>
  new InvalidRequest({
    code: 'required',
    diagnostics:
      '$explain-access needs a token to explain: the parameter "token", or Authorization: Bearer <token>. With curl: -d token=… -d "request=GET Patient/p1".',
  });
