// What a published tool is: declared once, and everything else about it follows from the declaration.
import type { z } from 'zod';
import type { Action } from '../model/actions.js';
import type { Plan } from '../model/change.js';
import type { Permit, Work } from '../model/permit.js';
import type { Judged, Subject } from '../model/policy.js';
import type { Services } from './services.js';

/** Groups of tools that a server can be told to offer; each has tools. */
export const TOOLSETS = ['observe', 'change', 'exec'] as const;
export type Toolset = (typeof TOOLSETS)[number];

/** `named`: only where its toolset was asked for by name. `never`: it is a member of another tool that is listed. */
export type Listing = 'always' | 'named' | 'never';

/**
 * What a tool does to the world; MCP's hints are derived from it.
 * `read` looks, `probe` sends harmless packets, `change` alters, `destroy` alters and loses something, `run` runs a command.
 */
export type ToolEffect = 'read' | 'probe' | 'change' | 'destroy' | 'run';

/** One call, as the handlers see it. */
export interface CallContext {
  services: Services;
  /** Aborts when the client cancels or goes away. */
  signal: AbortSignal;
}

/** What a tool answers: the structured content, and the same facts as a short text. */
export interface Answer<Output> {
  output: Output;
  text: string;
}

/**
 * A call, resolved and planned, but not yet let through. Namespaces in it are open handles; `dispose` closes them.
 * `subjects` and `work` are what the policy judges; `run` gets the permit for exactly that.
 */
export interface PreparedCall<Output> extends Disposable {
  subjects: Subject[];
  /** What is judged, when it is more than the tool's own action on these subjects. */
  judged?: readonly Judged[];
  /** The argument vectors that will run, when the caller's input shapes them. */
  work: Work;
  /** For changes: what would be done, shown to the human who is asked. */
  plan: Plan | null;
  /** A dry run: the policy is told, nobody is asked, nothing is run. */
  dryRun: boolean;
  run(permit: Permit): Promise<Answer<Output>>;
}

/** A tool, declared: everything that is published of it, and how a call of it is prepared. */
export interface Tool<Input extends z.ZodObject = z.ZodObject, Output extends z.ZodObject = z.ZodObject> {
  /** snake_case; also the name of the file that declares it, with dashes. */
  name: string;
  title: string;
  /** What it is for and when to use it, for a model: at most two sentences or so. */
  description: string;
  toolset: Toolset;
  effect: ToolEffect;
  /** A second identical call changes nothing. */
  idempotent: boolean;
  action: Action;
  /** All actions that calls of it can take, when they are more than that one: it is offered while one of them could be allowed. */
  actions?: readonly Action[];
  /** When it is listed: a list that is short is read better. It can be called all the same. Without a word: always. */
  listed?: Listing;
  input: Input;
  output: Output;
  prepare(input: z.output<Input>, context: CallContext): Promise<PreparedCall<z.input<Output>>>;
}

/** Declares a tool; the types of input and output are inferred from its schemas. */
export function defineTool<Input extends z.ZodObject, Output extends z.ZodObject>(tool: Tool<Input, Output>): Tool<Input, Output> {
  return tool;
}

/** What the policy judges of a prepared call. */
export function judgedOf({ action }: Pick<Tool, 'action'>, { judged, subjects }: Pick<PreparedCall<unknown>, 'judged' | 'subjects'>): readonly Judged[] {
  return judged ?? [{ actions: [action], subjects }];
}
