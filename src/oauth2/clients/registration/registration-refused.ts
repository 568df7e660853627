import { FhirError } from '../../../r4/errors/fhir-error.js';

/** 400: a registration that RFC 7591 3.2.2 refuses, with its word for why. */
export class RegistrationRefused extends FhirError {
  readonly status = 400;

  private constructor(
    readonly error: 'invalid_redirect_uri' | 'invalid_client_metadata' | 'unapproved_software_statement',
    description: string,
  ) {
    super({ code: 'value', diagnostics: description });
  }

  static metadata(name: string, rule: string): RegistrationRefused {
    const error = name === 'redirect_uris' ? 'invalid_redirect_uri' : 'invalid_client_metadata';
    return new RegistrationRefused(error, `${name} ${rule}.`);
  }

  static softwareStatement(): RegistrationRefused {
    return new RegistrationRefused(
      'unapproved_software_statement',
      'This server trusts no issuer of software statements. Send the metadata itself, without software_statement.',
    );
  }
}
