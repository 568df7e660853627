import type { OauthClient } from '../../clients/oauth-client.js';
import type { InteractionDecision } from '../../interaction-decision.js';
import type { Launch, LaunchContext } from '../../launch/launch-context.js';
import { offeredScopes, type ScopeHolder } from '../../scopes/offered-scopes.js';
import { scopesOutside } from '../../scopes/intersect-scopes.js';
import { DecisionRefused } from './interaction-errors.js';
import type { PatientVisibility } from './patient-visibility.js';

/** Subject of the decision. */
interface Asked {
  readonly asked: readonly string[];
  readonly client: OauthClient;
  readonly launch?: Launch;
}

/**
 * A decision of any page counts only as far as the app asked, is registered, and the user may. Returns the scopes to
 * grant. Throws {@link DecisionRefused}.
 */
export async function judgeDecision(
  open: Asked,
  decision: InteractionDecision,
  holder: ScopeHolder,
  sight: PatientVisibility,
): Promise<readonly string[]> {
  const { launch } = open;
  if (launch && launch.user !== decision.account) {
    throw new DecisionRefused('This launch was prepared for another user.');
  }
  const { offered } = offeredScopes(open.asked, open.client, holder);
  const scopes = [...new Set(decision.scopes)];
  const foreign = scopesOutside(
    scopes,
    offered.map(({ scope }) => scope),
  );
  if (foreign.length > 0) throw new DecisionRefused('The decision contains a scope that was not offered.');
  await judgeContext(scopes, decision, launch?.context ?? {}, sight);
  return scopes;
}

export const needsPatient = (scopes: readonly string[]): boolean =>
  scopes.some((scope) => scope === 'launch/patient' || scope.startsWith('patient/'));

async function judgeContext(
  scopes: readonly string[],
  { account, context }: InteractionDecision,
  prepared: LaunchContext,
  sight: PatientVisibility,
): Promise<void> {
  const { patient, encounter } = context;
  if (patient === undefined && needsPatient(scopes)) throw new DecisionRefused('No patient was chosen.');
  if (patient !== undefined) {
    if (prepared.patient !== undefined && patient !== prepared.patient) {
      throw new DecisionRefused('This launch is about another patient.');
    }
    if (!(await sight.maySee(account, patient))) throw new DecisionRefused('This user may not see that patient.');
  }
  const isPrepared = encounter === prepared.encounter;
  if (!isPrepared) await judgeEncounter(account, patient, encounter, sight);
}

async function judgeEncounter(
  account: string,
  patient: string | undefined,
  encounter: string | undefined,
  sight: PatientVisibility,
): Promise<void> {
  if (encounter === undefined) return;
  if (patient !== undefined && (await sight.maySeeEncounter(account, patient, encounter))) return;
  throw new DecisionRefused('The encounter is not one of that patient, or this user may not see it.');
}
