// What the files of one change hold, and how they are read: whole, torn, or from a newer version of this server.
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { ProcessIdentity } from './process-identity.js';
import { systemCode } from './unwritable.js';

/** Of the form of all files of the journal. Raised when an older server would misread what a newer one wrote. */
export const JOURNAL_VERSION = 1;

/** What can have become of a change. */
export const STATES = ['running', 'armed', 'applied', 'confirmed', 'undoing', 'undone', 'failed'] as const;
export type State = (typeof STATES)[number];

/** States in which nobody is at work on the change, or has still to decide on it. */
export const FINISHED: ReadonlySet<State> = new Set(['applied', 'confirmed', 'undone', 'failed']);

const version = z.literal(JOURNAL_VERSION);

/** It becomes part of a file name. */
export const PlanId = z.string().regex(/^[A-Za-z0-9-]{1,64}$/);

export const PlanFile = z.strictObject({
  version,
  id: PlanId,
  at: z.iso.datetime(),
  tool: z.string(),
  /** One sentence for people. */
  summary: z.string(),
  server: ProcessIdentity,
  confirm_within_seconds: z.number().positive().nullable(),
  body: z.unknown(),
});
export const OutcomeFile = z.strictObject({ version, ended_at: z.iso.datetime(), body: z.unknown() });
export const GuardFile = z.strictObject({
  version,
  process: ProcessIdentity,
  /** When it acts, in nanoseconds of CLOCK_MONOTONIC of the boot of `process` (`process.hrtime.bigint()`); a string, for JSON has no such numbers. */
  deadline_ns: z.string().regex(/^\d+$/),
  /** The same for people: the clock may be set meanwhile. */
  expires_at: z.iso.datetime(),
});

export type Plan<Body> = Omit<z.infer<typeof PlanFile>, 'body'> & { body: Body };
export type Outcome<Body> = Omit<z.infer<typeof OutcomeFile>, 'body'> & { body: Body };
export type Guard = z.infer<typeof GuardFile>;

/** The parts of the plan and the outcome that the journal only keeps. */
export interface Bodies<PlanBody, OutcomeBody> {
  plan: z.ZodType<PlanBody>;
  outcome: z.ZodType<OutcomeBody>;
}

/** `torn`: no JSON, so the process or the power ended while it was written. */
export type FileContent = { is: 'absent' } | { is: 'torn' } | { is: 'newer'; version: number } | { is: 'known'; json: unknown };

const Versioned = z.looseObject({ version: z.int() });

/** Reads a file of the journal without judging more than its version. @throws Error of the system, unless the file is not there. */
export function readContent(file: string): FileContent {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
    return { is: 'absent' };
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { is: 'torn' };
  }
  const { data } = Versioned.safeParse(json);
  return data !== undefined && data.version > JOURNAL_VERSION ? { is: 'newer', version: data.version } : { is: 'known', json };
}
