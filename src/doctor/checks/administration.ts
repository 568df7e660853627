import type { AdministrationFacts } from '../../auth/storage/former-administrator.repository.js';
import { type DoctorResult, resultsOf } from '../doctor-result.js';
import { listing } from '../words/say.js';

const found = resultsOf('administration');
const mostNamed = 20;

/** Tells who administers, and who did until 0.1.0 (docs/adr/0037). */
export function judgeAdministration({ managers, lost }: AdministrationFacts): readonly DoctorResult[] {
  return [
    managers === 0
      ? found.warning('managers', 'administration.nobody')
      : managers === 1
        ? found.ok('managers', 'administration.one')
        : found.ok('managers', 'administration.several', { count: managers }),
    ...(lost.length === 0 ? [] : [found.warning('lost', 'administration.lost', { names: listing(lost, mostNamed) })]),
  ];
}
