import type { AppConfig } from '../../config/app-config.js';

const patient = '{"resourceType":"Patient","name":[{"family":"Doe","given":["Jane"]}],"birthDate":"1970-01-01"}';

/** Next steps for a newcomer. The commands work as they are pasted, with nothing but curl and sed. */
export function welcome(config: AppConfig, address: string, generatedPassword: string | undefined): string[] {
  const where = `Lanyard listens on ${address}. FHIR base: ${config.fhirBase}`;
  const metadata = `  curl ${config.fhirBase}/metadata`;
  if (config.production) return [where];
  const begin = [where, ...(config.console ? [`Console: ${config.publicUrl}/console`] : [])];
  if (!config.login) return [...begin, 'Try:', metadata];
  const bearer = '-H "Authorization: Bearer $TOKEN"';
  return [
    ...begin,
    generatedPassword === undefined ? `Try (curl asks for the password of "${config.adminUser}"):` : 'Try:',
    `  TOKEN=$(curl -sS -X POST -u ${credentials(config, generatedPassword)} ${config.fhirBase}/login | sed 's/.*"access_token" *: *"\\([^"]*\\)".*/\\1/')`,
    `  curl ${bearer} ${config.fhirBase}/Patient`,
    `  curl ${bearer} -H 'Content-Type: application/fhir+json' -d '${patient}' ${config.fhirBase}/Patient`,
  ];
}

/** curl asks for a password that is left out; one that was set is not for the terminal. */
function credentials({ adminUser }: AppConfig, generatedPassword: string | undefined): string {
  return quote(generatedPassword === undefined ? adminUser : `${adminUser}:${generatedPassword}`);
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
