// Three-valued answers: whether a pattern fits something that may be known only in part.

/** `maybe`: it depends on what is not known, such as where a host name leads. */
export type Verdict = 'no' | 'maybe' | 'yes';

const RANK: Record<Verdict, number> = { no: 0, maybe: 1, yes: 2 };

/** The least of them; `yes` for none. */
export function every(verdicts: readonly Verdict[]): Verdict {
  return verdicts.reduce((least, verdict) => (RANK[verdict] < RANK[least] ? verdict : least), 'yes');
}

/** The greatest of them; `no` for none. */
export function some(verdicts: readonly Verdict[]): Verdict {
  return verdicts.reduce((most, verdict) => (RANK[verdict] > RANK[most] ? verdict : most), 'no');
}

/** The opposite; what is not known stays so. */
export function not(verdict: Verdict): Verdict {
  return verdict === 'maybe' ? 'maybe' : verdict === 'yes' ? 'no' : 'yes';
}

/** Of something that is known for certain. */
export function verdict(holds: boolean): Verdict {
  return holds ? 'yes' : 'no';
}
