import type { AuthOptions } from '../../auth/auth-options.js';
import { offlineReport } from '../../auth/token/offline-report.js';
import { fhirOptions } from '../../app/module-options.js';
import type { AppConfig } from '../../config/app-config.js';
import { builtIn } from '../../fhir/built-in.feature.js';
import { FhirError } from '../../r4/errors/fhir-error.js';
import type { Interaction } from '../../r4/rest/interaction.js';
import { isObject, type JsonObject, parseJson } from '../../r4/json/json.js';
import { readAskedRequest } from '../../fhir/operations/asked-request.js';
import { explainAccess, type ExplainMeans } from '../../fhir/operations/caller/explain-request.js';
import { SearchOffer } from '../../r4/search/parameters/search-offer.js';
import { SearchParameters } from '../../r4/search/parameters/search-parameters.js';
import { AccessRules } from '../../scope/access-rules.js';
import { explanationParameters } from '../../scope/explain/explanation-parameters.js';
import { explanationText } from '../../scope/explain/explanation-text.js';
import { CommandFailed } from '../command-failed.js';

export interface OfflineQuestion {
  readonly token: string;
  readonly request: string | undefined;
  readonly body: string | undefined;
}

/** The explanation that settings alone give, without a server and without the network. */
export function explainOffline(config: AppConfig, { token, request, body }: OfflineQuestion) {
  const parameters = new SearchParameters();
  const offer = new SearchOffer(parameters);
  offer.add(...(builtIn.searchParameters ?? []));
  const means: ExplainMeans = {
    offer,
    parameters,
    options: fhirOptions(config),
    rules: new AccessRules({ base: config.fhirBase, timeZone: config.timeZone }, parameters, [], config.withholding),
    declared: refuseOperation,
  };
  try {
    const asked = request === undefined ? undefined : readAskedRequest(request, config.fhirBase);
    const explanation = explainAccess(offlineReport(token, authOptions(config)), asked, resourceOf(body), means);
    return {
      text: () => explanationText(explanation),
      parameters: () => explanationParameters(explanation, config.fhirBase),
    };
  } catch (error) {
    if (error instanceof FhirError) throw new CommandFailed(error.issues.map(({ diagnostics = '' }) => diagnostics));
    throw error;
  }
}

/** Refuses operations: only the server that offers one knows the access it declares. */
function refuseOperation({ operation }: Interaction): undefined {
  if (operation !== undefined)
    throw new CommandFailed([`What $${operation} needs is declared by the server: ask it with --server <FHIR base>.`]);
}

function resourceOf(body: string | undefined): JsonObject | undefined {
  const json = body === undefined ? undefined : parseJson(body, 100);
  return isObject(json) ? json : undefined;
}

const authOptions = (config: AppConfig): AuthOptions => ({
  resource: config.fhirBase,
  issuers: config.trustedIssuers,
  clockSkewSeconds: config.clockSkew,
  basic: config.authBasic,
  ...(config.embeddedIssuer && { localIssuer: config.issuer }),
  ...(config.login && { loginUrl: `${config.fhirBase}/login` }),
});
