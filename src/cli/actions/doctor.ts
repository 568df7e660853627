import { runDoctor } from '../../app/doctor/run-doctor.js';
import { isHealthy } from '../../doctor/doctor-result.js';
import { renderFindings, summarize } from '../../doctor/render-results.js';
import { wrongUsage } from '../command-failed.js';
import { exitCodes } from '../exit-codes.js';
import { openSetup } from '../open-server.js';
import { readSecret } from '../read-text.js';
import { print, printJson } from '../terminal.js';

export interface DoctorCommandOptions {
  readonly base?: string;
  readonly token?: string;
  readonly json?: true;
}

const usualColumns = 80;

export async function doctor({ base, token: given, json }: DoctorCommandOptions): Promise<void> {
  if (base !== undefined && (!/^https?:\/\//.test(base) || !URL.canParse(base)))
    throw wrongUsage(`--base is a URL such as https://fhir.example/fhir/r4, not "${base}".`);
  const token = given === '-' ? await readSecret('-') : given;
  const { config, extensions, tenant } = await openSetup();
  const findings = await runDoctor(config, {
    extensions,
    tenant,
    isOperators: true,
    ...(base !== undefined && { base }),
    ...(token !== undefined && { token }),
  });
  const healthy = isHealthy(findings);
  if (json) printJson({ healthy, findings });
  else print(...renderFindings(findings, process.stdout.columns ?? usualColumns), '', summarize(findings));
  if (!healthy) process.exitCode = exitCodes.failed;
}
