import { Passwords } from '../../src/auth/login/password.js';

/** Of each password in tests, which log in hundreds of times; `password.spec.ts` has the real one. */
export const littleWork = { logN: 4, r: 8, p: 1 };

const { prototype } = Passwords;
const { hash, isOutdated } = Object.getOwnPropertyDescriptors(prototype);
const cheap: Pick<Passwords, 'hash' | 'isOutdated'> = {
  hash(this: Passwords, password) {
    return hash.value!.call(Object.create(this, { cost: { value: littleWork } }) as Passwords, password);
  },
  isOutdated(this: Passwords, stored) {
    return !stored.startsWith(`$scrypt$ln=${littleWork.logN},`) && isOutdated.value!.call(this, stored);
  },
};
let users = 0;

/** Servers of this process hash passwords with little work, those of tenants that they open later too, until the answer is called. */
export function cheapPasswords(): () => void {
  users++;
  Object.assign(prototype, cheap);
  return () => {
    if (--users === 0) Object.defineProperties(prototype, { hash, isOutdated });
  };
}
