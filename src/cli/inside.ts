// --sandbox: the program starts itself again inside a sandbox, and there goes on.
import { closeSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { makeFolder } from '../exec/folder.js';
import { enterSandbox, isSandboxed, prepareSandbox, SANDBOX_AUDIT_DESCRIPTOR } from '../exec/sandbox.js';
import { NetnsError } from '../model/errors.js';
import type { AuditTarget } from '../server/call/audit.js';
import type { Settings } from './options.js';
import { printError } from './output.js';

/** What became of it: the exit code of the program that ran inside, or, when this is the inside, the settings to go on with. */
export type Entered = { exitCode: number } | { settings: Settings };

/**
 * Outside: runs the same command inside. Inside: makes the sandbox ready.
 * @throws NetnsError when there can be no sandbox here, or the audit log cannot be written.
 */
export async function goInside(argv: readonly string[], settings: Settings): Promise<Entered> {
  if (isSandboxed()) {
    const { writable, lacks } = prepareSandbox();
    for (const sentence of lacks) printError(`netns-mcp: this sandbox is not a full one. ${sentence}`);
    if (writable.length > 0) printError(`netns-mcp: not read-only in this sandbox: ${writable.join(', ')}`);
    // The host's files are read-only: an audit log that was asked for was opened outside.
    return { settings: { ...settings, auditLog: settings.auditLog && { descriptor: SANDBOX_AUDIT_DESCRIPTOR } } };
  }
  const descriptor = openAudit(settings.auditLog);
  try {
    const inside = [process.execPath, process.argv[1] ?? '', ...argv];
    return { exitCode: await enterSandbox({ argv: inside, env: process.env, ...(descriptor !== null && { auditDescriptor: descriptor }) }) };
  } finally {
    if (descriptor !== null) closeSync(descriptor);
  }
}

/** @throws NetnsError STATE_UNWRITABLE. */
function openAudit(target: AuditTarget): number | null {
  if (target === null || !('file' in target)) return null;
  try {
    makeFolder(dirname(target.file));
    return openSync(target.file, 'a', 0o600);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new NetnsError('STATE_UNWRITABLE', `The audit log cannot be opened: ${why}.`, 'Name another file with --audit-log, or none.', {}, error);
  }
}
