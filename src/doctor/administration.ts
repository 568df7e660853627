import { listed } from '../r4/errors/listed.js';
import type { AdministrationFacts } from '../auth/storage/former-administrator.repository.js';
import { type DoctorResult, resultsOf } from './doctor-result.js';

const found = resultsOf('administration');
const mostNamed = 20;

/** Tells who administers, and who did until 0.1.0 (docs/adr/0037). */
export function judgeAdministration({ managers, lost }: AdministrationFacts): readonly DoctorResult[] {
  return [
    managers === 0
      ? found.warning(
          'managers',
          'No account may manage users over HTTP (admin/User or admin/*).',
          'lanyard user set NAME --administrator',
        )
      : found.ok('managers', `${managers} account${managers === 1 ? ' may' : 's may'} manage users.`),
    ...(lost.length === 0
      ? []
      : [
          found.warning(
            'lost',
            `These accounts administered by user/*.cruds in 0.1.0, and do not any more: ${listed(lost, mostNamed)}.`,
            'Who is to administer gets all of it by "lanyard user set NAME --administrator", or a part by --grants "… admin/User.u". For the others: --no-administrator.',
          ),
        ]),
  ];
}
