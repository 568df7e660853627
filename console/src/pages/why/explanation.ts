import type { FhirClient } from '../../server/fhir-client.js';
import { named, type Parameters, textOf, textsOf, type Parameter } from '../../server/parameters.js';

/** Result of a check: it passed, refused, was not made, or is a fact that matters. */
export type Outcome = 'passed' | 'refused' | 'skipped' | 'told';

export interface Line {
  readonly outcome: Outcome;
  readonly text: string;
  readonly reason?: string;
  readonly cure?: string;
  /** Smallest scopes that would do. */
  readonly scopes: readonly string[];
}

export interface Step {
  /** `token`, `request`, `scopes`, `context`, `policies`, `reach`, `withholding`, `search` or `stored-data`. */
  readonly check: string;
  readonly lines: readonly Line[];
}

export interface ExplainedRequest {
  readonly request: string;
  /** Absent: nobody knows whether the token counts. */
  readonly isPermitted?: boolean;
  readonly status?: string;
  readonly steps: readonly Step[];
}

/** The answer of `$explain-access`. */
export interface Explanation {
  readonly isVerified: boolean;
  readonly token: readonly Step[];
  readonly requests: readonly ExplainedRequest[];
}

/** A token and the request that it is for. */
export interface Question {
  readonly token: string;
  readonly request: string;
  readonly body: string;
}

/** People copy the header with its name. */
export const bareToken = (token: string): string => token.trim().replace(/^(?:authorization:\s*)?bearer\s+/i, '');

/** Asks the server to explain a token. Throws as {@link FhirClient.ask} does. */
export async function explain(fhir: FhirClient, { token, request, body }: Question): Promise<Explanation> {
  const parameter = Object.entries({ token: bareToken(token), request: request.trim(), body: body.trim() })
    .filter(([, value]) => value !== '')
    .map(([name, valueString]) => ({ name, valueString }));
  return readExplanation(
    await fhir.ask<Parameters>({
      method: 'POST',
      path: '$explain-access',
      // The token that was pasted is what is asked about; no other goes along.
      token: '',
      body: JSON.stringify({ resourceType: 'Parameters', parameter }),
    }),
  );
}

export function readExplanation({ parameter }: Parameters): Explanation {
  const [token] = named(parameter, 'token');
  return {
    isVerified: textOf(token?.part, 'verified') === 'true',
    token: stepsOf(token?.part),
    requests: named(parameter, 'explanation').map(({ part }) => {
      const [permitted, status] = [textOf(part, 'permitted'), textOf(part, 'status')];
      return {
        request: textOf(part, 'request') ?? '',
        ...(permitted !== undefined && { isPermitted: permitted === 'true' }),
        ...(status !== undefined && { status }),
        steps: stepsOf(part),
      };
    }),
  };
}

const stepsOf = (parts: readonly Parameter[] | undefined): readonly Step[] =>
  named(parts, 'step').map(({ part }) => ({
    check: textOf(part, 'check') ?? '',
    lines: named(part, 'line').map(({ part: line }) => lineOf(line)),
  }));

const outcomes: readonly string[] = ['passed', 'refused', 'skipped', 'told'] satisfies readonly Outcome[];

function lineOf(parts: readonly Parameter[] | undefined): Line {
  const [outcome = '', reason, cure] = ['outcome', 'reason', 'cure'].map((name) => textOf(parts, name));
  return {
    outcome: outcomes.includes(outcome) ? (outcome as Outcome) : 'told',
    text: textOf(parts, 'text') ?? '',
    ...(reason !== undefined && { reason }),
    ...(cure !== undefined && { cure }),
    scopes: textsOf(parts, 'scope'),
  };
}

/** Everything that refuses, in the order of the checks. */
export const refusalsOf = ({ token, requests }: Explanation): readonly Line[] =>
  [...token, ...requests.flatMap(({ steps }) => steps)]
    .flatMap(({ lines }) => lines)
    .filter(({ outcome }) => outcome === 'refused');
