// What the doctor says about one thing of this host.

/** `ok` works; `note` works in part, or is good to know; `problem` keeps this program from being of use. */
export type Status = 'ok' | 'note' | 'problem';

export interface Check {
  name: string;
  status: Status;
  says: string;
  /** What to do about it. */
  mend: string | null;
}

export const ok = (name: string, says: string): Check => ({ name, status: 'ok', says, mend: null });
export const note = (name: string, says: string, mend: string | null = null): Check => ({ name, status: 'note', says, mend });
export const problem = (name: string, says: string, mend: string): Check => ({ name, status: 'problem', says, mend });
