// What the system says when the state directory cannot be written to, as an error for the caller.
import { NetnsError } from '../../model/errors.js';

/** The system's code of an error: ENOENT, ENOSPC …; null for one that is not the system's. */
export function systemCode(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}

/**
 * Does work that writes to the state directory.
 * @param what What then could not be done, as the first part of a sentence.
 * @throws NetnsError STATE_UNWRITABLE for an error of the system; any other error as it is.
 */
export function writing<T>(what: string, folder: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (systemCode(error) === null || error instanceof NetnsError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new NetnsError('STATE_UNWRITABLE', `${what}: ${why}.`, `Make room or mend the permissions of ${folder}.`, { folder }, error);
  }
}
