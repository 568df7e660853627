import { Inject, Injectable, Optional } from '@nestjs/common';
import { LOCAL_AUTH_OPTIONS, type LocalAuthOptions } from '../auth/accounts/local-auth.options.js';
import { FHIR_OPTIONS, type FhirOptions } from '../fhir/fhir-options.js';
import { OAUTH2_OPTIONS, type Oauth2Options } from '../oauth2/oauth2-options.js';
import { accessQuestionPaths } from './access-question-paths.js';
import { administrationPaths } from './administration-paths.js';
import type { Paths } from './document.js';
import { loginPaths } from './login-paths.js';
import { oauthPaths } from './oauth-paths.js';

/** Paths of login, the authorization server and its administration, as far as the application has them. */
@Injectable()
export class OwnServerPaths {
  private made: readonly Paths[] | undefined;

  constructor(
    @Inject(FHIR_OPTIONS) private readonly options: FhirOptions,
    @Optional() @Inject(LOCAL_AUTH_OPTIONS) private readonly local?: LocalAuthOptions,
    @Optional() @Inject(OAUTH2_OPTIONS) private readonly oauth2?: Oauth2Options,
  ) {}

  /** Made when somebody first asks for a document: they depend on settings alone. */
  get all(): readonly Paths[] {
    return (this.made ??= this.make());
  }

  private make(): readonly Paths[] {
    const { options, local, oauth2 } = this;
    return [
      ...(local ? [loginPaths(options.basePath, { isOn: local.loginEnabled })] : []),
      ...(oauth2
        ? [
            oauthPaths({ ...oauth2, prefix: oauth2.basePath }),
            administrationPaths(oauth2.basePath),
            accessQuestionPaths(oauth2.basePath),
          ]
        : []),
    ];
  }
}
