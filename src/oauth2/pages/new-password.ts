import { whyNoPassword } from '../../auth/login/chosen-password.js';
import type { FormError } from './page.js';
import type { PageForm } from './page-form.js';

/** The password that a form chooses, or what is wrong with it. */
export function readNewPassword(form: PageForm, userName: string): { password: string } | { error: FormError } {
  const password = form.text('new');
  const why = whyNoPassword(password, userName);
  if (why !== undefined) return { error: { field: 'new', text: why } };
  if (password === form.text('repeat')) return { password };
  return { error: { field: 'repeat', text: 'The two new passwords are not the same.' } };
}
