import { getSystemErrorMap } from 'node:util';

/** Why the file system refused something, such as `permission denied`; undefined for other errors. */
export function reasonOf(error: unknown): string | undefined {
  const { path, errno } = (error ?? {}) as NodeJS.ErrnoException;
  return path === undefined || errno === undefined ? undefined : getSystemErrorMap().get(errno)?.[1];
}

/** One line for who named the file; undefined for other errors. */
export function fileFailure(error: unknown): string | undefined {
  const reason = reasonOf(error);
  return reason === undefined ? undefined : `"${(error as NodeJS.ErrnoException).path}": ${reason}.`;
}
