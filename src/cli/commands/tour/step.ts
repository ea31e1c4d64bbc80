// One step of the tour: what is called, what must be seen, and what a learner is told about it.
import { z } from 'zod';

/** What earlier steps found out, for the arguments and the words of later ones. */
export interface Facts {
  /** Inode of the namespace that the server runs in. */
  host?: number;
  ns1?: number;
  /** A process that lives in ns1. */
  pid?: number;
  /** The id that host has given to ns1, and the one that ns1 has given to host. */
  idOfNs1?: number;
  idOfHost?: number;
}

export interface ToolCall {
  tool: string;
  arguments: Record<string, unknown>;
}

/** What a learner gets of an answer that is as expected. */
export interface Sight {
  shows: string[];
  says: string;
  learned: Facts;
}

export interface Step {
  title: string;
  call: (facts: Facts) => ToolCall;
  /** What a person would type to do the same, where the answer does not name the commands. */
  byHand: (facts: Facts) => string[];
  /** The answer must be an error. */
  isRefused: boolean;
  /** Started before the call, and left running until a step that `endsBackground`. */
  background: ToolCall | null;
  endsBackground: boolean;
  /** Looks at the structured answer (or the error) and its text. A string says what is not as expected. */
  look: (answer: unknown, text: string, facts: Facts) => Sight | string;
}

interface Declaration<Seen> {
  title: string;
  tool: string;
  with?: Record<string, unknown> | ((facts: Facts) => Record<string, unknown>);
  byHand?: string[] | ((facts: Facts) => string[]);
  isRefused?: boolean;
  background?: ToolCall;
  endsBackground?: boolean;
  /** What must be seen. */
  sees: z.ZodType<Seen>;
  /** What must hold besides; a string says what does not. */
  holds?: (seen: Seen, facts: Facts) => string | null;
  shows: (seen: Seen, text: string) => string[];
  says: (seen: Seen, facts: Facts) => string;
  learns?: (seen: Seen) => Facts;
}

const given = <Value>(value: Value | ((facts: Facts) => Value), facts: Facts): Value =>
  typeof value === 'function' ? (value as (facts: Facts) => Value)(facts) : value;

/** Declares a step; the type of what is seen is inferred from `sees`. */
export function step<Seen>(declared: Declaration<Seen>): Step {
  const { title, tool, sees, holds, shows, says, learns, isRefused = false, endsBackground = false, background = null } = declared;
  return {
    title,
    isRefused,
    endsBackground,
    background,
    call: (facts) => ({ tool, arguments: given(declared.with ?? {}, facts) }),
    byHand: (facts) => given(declared.byHand ?? [], facts),
    look(answer, text, facts) {
      const { success, data, error } = sees.safeParse(answer);
      if (!success) return z.prettifyError(error);
      return holds?.(data, facts) ?? { shows: shows(data, text), says: says(data, facts), learned: learns?.(data) ?? {} };
    },
  };
}
