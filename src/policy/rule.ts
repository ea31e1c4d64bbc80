// A rule, compiled, and whether it fits one tuple of subjects.
import type { Action } from '../model/actions.js';
import type { CommandSubject, Effect, LinkSubject, NamespaceSubject } from '../model/policy.js';
import type { RuleFile } from './format.js';
import { actionsOf, SUBJECT_KINDS, type SubjectKind } from './patterns/actions.js';
import { type AddressPattern, judgeAddress, readAddressPattern } from './patterns/addresses.js';
import { type CommandPattern, judgeCommand, readCommandPattern } from './patterns/commands.js';
import { judgeLink, type LinkPattern, readLinkPattern } from './patterns/links.js';
import { type PatternList, patternList, type ReadPattern } from './patterns/list.js';
import { judgeNamespace, type NamespacePattern, readNamespacePattern } from './patterns/namespaces.js';
import { judgePath, type PathPattern, readPathPattern } from './patterns/paths.js';
import { every, type Verdict } from './patterns/verdict.js';

/** A rule with its patterns read. */
export interface Rule {
  id: string;
  effect: Effect;
  reason: string;
  /** In the file, from 1. */
  line: number;
  actions: ReadonlySet<Action>;
  /** As they are written. */
  actionTexts: readonly string[];
  /** Null: not asked. */
  namespaces: PatternList<NamespacePattern> | null;
  links: PatternList<LinkPattern> | null;
  protected: boolean;
  addresses: PatternList<AddressPattern> | null;
  commands: PatternList<CommandPattern> | null;
  paths: PatternList<PathPattern> | null;
}

/** One of each kind of subject that a request has; null where it has none. */
export interface Tuple {
  action: Action;
  place: NamespaceSubject | LinkSubject | null;
  command: CommandSubject | null;
  address: string | null;
  path: string | null;
}

/** Reads the patterns of a rule that was checked. @param line Where it begins in the file. */
export function compileRule(file: RuleFile, line: number): Rule {
  // `*` asks nothing, so that it reads the same for actions that are about no namespace.
  const list = <Pattern extends object>(read: ReadPattern<Pattern>, texts: readonly string[] | undefined) =>
    texts && !isEverything(texts) ? patternList(read, texts) : null;
  return {
    id: file.id,
    effect: file.effect,
    reason: file.reason,
    line,
    actions: new Set(file.actions.flatMap(actionsOf)),
    actionTexts: file.actions,
    namespaces: list(readNamespacePattern, file.namespaces),
    links: list(readLinkPattern, file.links),
    protected: file.protected === true,
    addresses: list(readAddressPattern, file.addresses),
    commands: list(readCommandPattern, file.commands),
    paths: list(readPathPattern, file.paths),
  };
}

function isEverything(texts: readonly string[]): boolean {
  return texts.includes('*') && texts.every((text) => !text.startsWith('!'));
}

/** What a rule does to a tuple: the two differ where something is not known for certain. */
export interface Fit {
  /** It may fit: a rule that forbids holds. */
  forbids: boolean;
  /** It fits for certain: a rule that permits holds. */
  permits: boolean;
}

/** How one matcher fits. `open`: reading the kernel may still settle it. */
interface Part {
  verdict: Verdict;
  open: boolean;
}

const ASKS_NOTHING: Part = { verdict: 'yes', open: false };
const NOT_READ: Part = { verdict: 'maybe', open: true };

/**
 * Whether a rule fits a tuple.
 * @param unread The kernel was not read yet. What reading can settle is then taken the other way round: it forbids nothing and permits.
 */
export function fitOf(rule: Rule, tuple: Tuple, unread: boolean): Fit {
  const { action, place, command, address, path } = tuple;
  if (!rule.actions.has(action)) return { forbids: false, permits: false };
  const { always, perhaps } = SUBJECT_KINDS[action];
  const part = <List, Subject>(kind: SubjectKind, list: List | null, subject: Subject | null, judge: (list: List, subject: Subject) => Verdict): Part => {
    if (list === null) return ASKS_NOTHING;
    if (subject !== null) return { verdict: judge(list, subject), open: false };
    return { verdict: always.includes(kind) || (unread && perhaps.includes(kind)) ? 'maybe' : 'no', open: true };
  };
  const namespace = place?.kind === 'link' ? place.namespace : place;
  const link = place?.kind === 'link' ? place : null;
  // Its name may be another one than the caller's, who can write an altname or `index:N`.
  const notRead = unread && link !== null && link.index === null;
  const parts = [
    part('namespace', rule.namespaces, namespace, judgeNamespace),
    rule.links && notRead ? NOT_READ : part('link', rule.links, link, judgeLink),
    rule.protected ? protection(link, unread) : ASKS_NOTHING,
    part('command', rule.commands, command, judgeCommand),
    part('address', rule.addresses, address, judgeAddress),
    part('path', rule.paths, path, judgePath),
  ];
  const settled = every(parts.filter(({ open }) => !open).map(({ verdict }) => verdict));
  const open = every(parts.filter((one) => one.open).map(({ verdict }) => verdict));
  return {
    forbids: settled !== 'no' && (unread ? open === 'yes' : open !== 'no'),
    permits: settled === 'yes' && (unread ? open !== 'no' : open === 'yes'),
  };
}

/** What is protected is told once the link is read; a link that is yet to be made is not. */
function protection(link: LinkSubject | null, unread: boolean): Part {
  if (unread && (link === null || link.index === null)) return NOT_READ;
  return { verdict: link !== null && link.protected_because !== null ? 'yes' : 'no', open: false };
}
