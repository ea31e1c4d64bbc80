// What an operation is: declared once, and its tool, plan, policy question, undo and reference entry all follow.
import type { z } from 'zod';
import type { Action } from '../model/actions.js';
import type { Command, Plan, ResolvedNamespace } from '../model/change.js';
import { namespaceSubject } from '../model/change.js';
import type { ErrorCode } from '../model/errors.js';
import type { LinkSubject, NamespaceSubject, Subject } from '../model/policy.js';
import type { Section } from '../model/snapshot.js';
import type { ObjectName } from './objects/object.js';
import type { Foreseen } from './plan/foreseen.js';
import type { Inhabitants, ServiceInside, World } from './plan/world.js';

/** What the operation made, to be marked as ours once it is there. */
export interface Made {
  namespaces?: string[];
  links?: { namespace: string; name: string }[];
}

/** Something that a change may alter: a link with all that hangs on it, one object, a whole namespace by its reference, or only its name. */
export type Touch =
  | { namespace: string; link: string }
  | { namespace: string; kind: ObjectName; key: string }
  | { namespace: string; whole: true }
  | { namespace: string; name: true };

/** What an operation decides from what was read: the plan, and what it leaves in the world. */
export interface Decided extends Plan {
  made?: Made;
  /**
   * What goes with the last step: a namespace that we would keep alive ourselves, and links that the kernel removes a moment later.
   * `livesOn`: only its name goes, for something else keeps it alive.
   */
  gone?: { namespace: string; links: { namespace: string; index: number }[]; livesOn?: true };
  /** Services that end before the first step. */
  ends?: { inode: number; services: readonly ServiceInside[] };
  /** What it may alter besides the links among its subjects, which are taken with all that hangs on them. */
  touches?: Touch[];
  /** Links among its subjects that stay as they are: what becomes of them meanwhile is nothing to its undo. */
  leaves?: { namespace: string; link: string }[];
  /** Why it would cut somebody off, beyond what shows in links, addresses and routes: a clause each. */
  cuts?: string[];
  /** Links that go to another namespace (`index` is the one they leave), so that their marks go with them. */
  moved?: { from: string; index: number; to: string; name: string }[];
}

/** As a method, so that operations of all inputs fit one list. */
interface Needs<Input> {
  of(input: Input): readonly Section[];
}

export interface Operation<Input extends z.ZodObject = z.ZodObject, Result extends z.ZodRawShape = z.ZodRawShape> {
  /** The operation's, and the tool's, name. */
  name: string;
  title: string;
  /** For a model: what it does and when to use it. */
  description: string;
  action: Action;
  /** Actions that this input takes besides: judged on the same subjects. */
  alsoActs?(input: z.output<Input>): Action[];
  /** It loses something that is hard to bring back. */
  destroys: boolean;
  input: Input;
  /** References of the namespaces that it touches. They must exist, and are locked. */
  namespaces(input: z.output<Input>): string[];
  /** Those of them in which it only runs a command: nothing of them is read. */
  runsIn?(input: z.output<Input>): string[];
  /** References that may or may not exist: `World.find` tells. */
  perhaps?(input: z.output<Input>): string[];
  /** Names of the namespaces that it makes: later operations of a list may name them. */
  makes?(input: z.output<Input>): string[];
  /** Sections that `plan` and `subjects` read, and all in which something may be altered: they are captured before, and read back after. */
  needs: readonly Section[] | Needs<z.output<Input>>['of'];
  /**
   * Its first step is refused by the kernel, with this code, where something is in its way: so it may be planned before anything is read, and
   * is planned anew when the kernel refuses. Only for operations that touch nothing that exists.
   */
  refusedWith?: ErrorCode;
  /** True when it has to be known how things are all the same, with this input. */
  mustLook?(input: z.output<Input>): boolean;
  /** Needs to know who lives in this namespace. */
  inhabitantsOf?(input: z.output<Input>): string;
  /** Further namespaces that turn out to be touched once the first are read, such as where a veth's other end lives. */
  alsoTouches?(input: z.output<Input>, world: World): string[];
  /**
   * Every namespace, link and address it touches, for the policy. Called twice: with a world in which nothing is read yet
   * (links are known by name alone), so that what is forbidden is refused before anything is looked at, and with the full one.
   */
  subjects(input: z.output<Input>, world: World): Subject[];
  /** Pure. @throws NetnsError when it cannot be done. */
  plan(input: z.output<Input>, world: World, inhabitants: Inhabitants): Decided;
  /**
   * Asks a program of the host about the plan, after it was made and before it is judged; it changes nothing.
   * @returns The plan as it is then to be. @throws NetnsError when it cannot be done.
   */
  check?(input: z.output<Input>, world: World, decided: Decided, signal: AbortSignal): Promise<Decided>;
  /** What the world will be once the steps have run: what the next operation of a list is planned on. Called only when `decided` has steps. */
  foresee(input: z.output<Input>, foreseen: Foreseen, decided: Decided): void;
  /** The object as the kernel now shows it; keys beside `change` in the tool's answer. */
  result: Result;
  show(input: z.output<Input>, world: World): z.input<z.ZodObject<Result>>;
  /** The object in one line for a person. */
  tell(shown: z.output<z.ZodObject<Result>>, input: z.output<Input>): string;
}

/** Declares an operation; the types follow from its schemas. */
export function defineOperation<Input extends z.ZodObject, Result extends z.ZodRawShape>(operation: Operation<Input, Result>): Operation<Input, Result> {
  return operation;
}

/** The sections that an operation needs with this input. */
export function sectionsOf<Input extends z.ZodObject, Result extends z.ZodRawShape>(
  { needs }: Operation<Input, Result>,
  input: z.output<Input>,
): readonly Section[] {
  return typeof needs === 'function' ? needs(input) : needs;
}

/** The namespace of a reference as a subject. One that could not be found is nobody's: no rule for ours covers it. */
export function namespaceAt(world: World, reference: string): Subject {
  const place = world.find(reference);
  return place ? namespaceSubject(place) : { ...nowhere(reference), owned: false };
}

/** A namespace that the operation makes, or, when its name is free, would have nothing to do with: it is ours. */
export function namespaceNamed(world: World, name: string): Subject {
  return world.find(name) ? namespaceAt(world, name) : { ...nowhere(name), owned: true };
}

function nowhere(reference: string): NamespaceSubject {
  return { kind: 'namespace', reference, inode: null, names: [reference], is_host: false, owned: false, lab: null, container: null };
}

/** A link as a subject, by the name the caller gave it; protection is added by the engine. */
export function linkAt(world: World, reference: string, link: string): LinkSubject {
  const namespace = namespaceSubject(world.at(reference));
  const found = world.findLink(reference, link);
  return { kind: 'link', namespace, name: found?.name ?? link, index: found?.index ?? null, protected_because: null };
}

/** Nothing to do. */
export const ALREADY_SO: Decided = { steps: [], loses: [], undoable: true };

/** One step: a command of ip(8), or of another program, in a namespace. */
export function step(place: ResolvedNamespace, args: Command['args'], more: Omit<Command, 'place' | 'args'> = {}): Command {
  return { place, args, ...more };
}
