// The closed table of error codes: every error a client can meet has its row here, and its entry in docs/errors.md.
import { visibleLines } from './text.js';

/** Code → what it means, in the words of docs/errors.md. Codes are stable: removing or renaming one is a breaking change. */
export const ERROR_CODES = {
  INVALID_INPUT: 'An argument is missing, unknown or malformed.',
  REFERENCE_INVALID: 'A namespace reference does not follow the grammar.',
  NAMESPACE_NOT_FOUND: 'No network namespace answers to that reference.',
  NAMESPACE_AMBIGUOUS: 'More than one network namespace answers to that reference.',
  NAMESPACE_EXISTS: 'A namespace of that name is already there.',
  NAMESPACE_IN_USE: 'The namespace still holds processes or links that would be lost.',
  NAMESPACE_VANISHED: 'The namespace went away, or another took its place, between look-up and use.',
  NOT_A_NAMESPACE: 'The file is there but it is no network namespace.',
  PATH_NOT_ALLOWED: 'The path lies outside the known mount places of namespaces.',
  PROCESS_NOT_FOUND: 'No such process, or it ended meanwhile.',
  CONTAINER_NOT_SUPPORTED: 'References to containers are not resolved yet.',
  LINK_NOT_FOUND: 'No such link in that namespace.',
  LINK_EXISTS: 'A link of that name is already there.',
  LINK_CANNOT_MOVE: 'The kernel does not let that link change its namespace, or the move would lose it.',
  LINK_CANNOT_DELETE: 'The link cannot be deleted.',
  LINK_KIND_MISMATCH: 'The link is of another kind than the request needs.',
  ADDRESS_CONFLICT: 'The address is already there with other properties.',
  ADDRESS_NOT_FOUND: 'The link has no such address.',
  ROUTE_CONFLICT: 'A different route to the same destination is already there.',
  ROUTE_NOT_FOUND: 'No such route.',
  ROUTE_UNREACHABLE: 'The next hop or the device cannot carry the route.',
  POLICY_DENIED: 'The policy does not allow it.',
  POLICY_INVALID: 'The policy file has errors.',
  APPROVAL_UNAVAILABLE: 'The policy wants a human to approve, and this client cannot ask one.',
  APPROVAL_DECLINED: 'The human said no, or did not answer in time.',
  APPROVAL_INVALID: 'The approval does not belong to this plan, was used before, or has expired.',
  COMMAND_REFUSED: 'The command or one of its arguments is not on the allowlist.',
  COMMAND_MISSING: 'A program that is needed is not installed.',
  CHANGE_FAILED: 'A step failed; the earlier steps were undone.',
  ROLLBACK_INCOMPLETE: 'A step failed and not everything could be undone: what is left is listed.',
  CHANGE_NOT_FOUND: 'The journal has no such change.',
  CHANGE_BUSY: 'Another server is changing the same namespace.',
  CHANGE_NOT_UNDOABLE: 'The change cannot be taken back, or not wholly: the world has moved on.',
  CHANGE_STATE: 'The change is not in the state that this needs.',
  CONFIRM_REQUIRED: 'The change would cut somebody off: it is made only with confirm_within_seconds.',
  JOURNAL_NEWER: 'The journal was written by a newer version of this server.',
  OBJECT_EXISTS: 'Something of that name or number is already there, and differs.',
  OBJECT_NOT_FOUND: 'Nothing of that name or number is there.',
  SYSCTL_REFUSED: 'The sysctl is not on the closed list, or takes no such value.',
  RULESET_INVALID: 'nft does not accept the ruleset.',
  SERVICE_NOT_FOUND: 'No such service.',
  SERVICE_EXISTS: 'A service of that name is running, with another command.',
  SERVICE_FAILED: 'The service ended right after its start.',
  FILE_EXISTS: 'A file is already there, with other contents.',
  STATE_UNWRITABLE: 'The record that a change must leave before it acts could not be written.',
  READ_FAILED: 'The kernel or a tool gave no usable answer.',
  PRIVILEGE_MISSING: 'The server lacks the privilege for it.',
  KERNEL_UNSUPPORTED: 'This kernel or its tools lack the feature.',
  TIMED_OUT: 'It took longer than its time limit and was ended.',
  CANCELLED: 'The caller cancelled it.',
  INTERNAL: 'A defect in this server.',
} as const satisfies Record<string, string>;

export type ErrorCode = keyof typeof ERROR_CODES;

/** The hint for what takes privileges that the server lacks. */
export const BECOME_ROOT = 'Run the server as root on this host, or use --sandbox to try things out.';

/** What a client gets of an error, in `_meta["netns-mcp/error"]`. */
export interface ErrorValue {
  code: ErrorCode;
  /** What happened and where: one or two sentences. */
  message: string;
  /** What to do next. */
  hint: string;
  details: Record<string, unknown>;
}

/** An error that is meant for the caller. Everything else that is thrown is a defect. */
export class NetnsError extends Error implements ErrorValue {
  override readonly name = 'NetnsError';
  readonly code: ErrorCode;
  readonly hint: string;
  readonly details: Record<string, unknown>;

  constructor(code: ErrorCode, message: string, hint: string, details: Record<string, unknown> = {}, cause?: unknown) {
    super(message, { cause });
    this.code = code;
    this.hint = hint;
    this.details = details;
  }

  toValue(): ErrorValue {
    return { code: this.code, message: this.message, hint: this.hint, details: this.details };
  }
}

/**
 * Ends the call with an error of the table.
 * @param message What happened, where. @param hint What to do next.
 * @throws NetnsError always.
 */
export function fail(code: ErrorCode, message: string, hint: string, details: Record<string, unknown> = {}): never {
  throw new NetnsError(code, message, hint, details);
}

/** Any thrown value as an error of the table; what is not ours is `INTERNAL`. */
export function toNetnsError(thrown: unknown): NetnsError {
  if (thrown instanceof NetnsError) return thrown;
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return new NetnsError('INTERNAL', text, 'This is a defect of netns-mcp: please report it with the audit log of this call.', {}, thrown);
}

/** The text a client shows: `CODE: what happened. What to do.` It stands alone, and is safe to show on a terminal. */
export function errorText({ code, message, hint }: ErrorValue): string {
  return visibleLines(`${code}: ${message} ${hint}`.trim());
}
