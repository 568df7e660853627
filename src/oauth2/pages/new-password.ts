import { passwordFault } from '../../auth/login/chosen-password.js';
import type { FormError } from './page.js';
import type { PageForm } from './page-form.js';

/** The password that a form chooses, or what is wrong with it. */
export function readNewPassword(form: PageForm, userName: string): { password: string } | { error: FormError } {
  const password = form.text('new');
  const fault = passwordFault(password, userName);
  if (fault !== undefined) {
    return {
      error: {
        field: 'new',
        text: ({ password: words }) => {
          if (fault.is === 'guessed') return words.guessed;
          return fault.is === 'short' ? words.short(fault.limit) : words.long(fault.limit);
        },
      },
    };
  }
  if (password === form.text('repeat')) return { password };
  return { error: { field: 'repeat', text: (words) => words.password.different } };
}
