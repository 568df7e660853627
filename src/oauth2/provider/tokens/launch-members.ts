import type { LaunchContext } from '../../launch/launch-context.js';

/** Context of a launch as clients read it (SMART App Launch 2.2, "Scopes and Launch Context"); without what is absent. */
export const launchMembers = (context: LaunchContext): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries({
      patient: context.patient,
      encounter: context.encounter,
      fhirContext: context.fhirContext,
      intent: context.intent,
      tenant: context.tenant,
    }).filter(([, value]) => value !== undefined),
  );

/** Style for the app, and whether the EHR around it shows the patient already: only for the app itself. */
export const appearanceMembers = (context: LaunchContext, styleUrl: string): Readonly<Record<string, unknown>> => ({
  // Alone in its window, an app has to say whose record it shows.
  need_patient_banner: context.needPatientBanner ?? true,
  smart_style_url: context.smartStyleUrl ?? styleUrl,
});
