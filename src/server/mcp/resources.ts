// Resources: what a client can attach to a conversation without calling a tool. They go through the same gate and audit.
import { type McpServer, ProtocolError, ProtocolErrorCode, ResourceNotFoundError, ResourceTemplate, type ServerContext } from '@modelcontextprotocol/server';
import type { Action } from '../../model/actions.js';
import { errorText } from '../../model/errors.js';
import { policyNamed } from '../../policy/named.js';
import { READY_POLICIES } from '../../policy/ready.js';
import { findTool } from '../call/registry.js';
import type { Front } from '../front.js';
import { callerOf } from './caller.js';
import { completeNamespaces, completePolicies } from './completion.js';

const JSON_TYPE = 'application/json';

/** Registers `netns://…`. */
export function registerResources(server: McpServer, front: Front, connection: string): void {
  const read = async (uri: URL, name: string, args: Record<string, unknown>, context: ServerContext) => {
    const [services, { call }] = await Promise.all([front.services(), import('../call/call.js')]);
    // Nobody is asked for a mere attachment: what would need it is refused.
    const caller = { ...callerOf(server, connection, context), canAsk: false, answer: null };
    const outcome = await call(services, findTool(services, name), args, caller);
    if (outcome.kind === 'done') return json(uri, outcome.answer.output);
    throw new ProtocolError(
      ProtocolErrorCode.InvalidParams,
      outcome.kind === 'failed' ? errorText(outcome.error.toValue()) : 'It needs an approval: call the tool.',
    );
  };

  server.registerResource(
    'namespaces',
    'netns://namespaces',
    { title: 'Network namespaces', description: 'Every namespace of the host that may be seen', mimeType: JSON_TYPE },
    (uri, context) => read(uri, 'list_namespaces', { limit: 500 }, context),
  );
  server.registerResource(
    'namespace',
    new ResourceTemplate('netns://namespace/{ref}', { list: undefined, complete: { ref: (typed) => completeNamespaces(front, typed) } }),
    { title: 'One namespace', description: 'Links, addresses, routes, rules and neighbours of a namespace', mimeType: JSON_TYPE },
    (uri, { ref }, context) =>
      read(uri, 'inspect_namespace', { namespace: decoded(String(ref)), sections: ['links', 'addresses', 'routes', 'rules', 'neighbours'] }, context),
  );
  server.registerResource(
    'changes',
    'netns://changes',
    { title: 'Changes', description: 'The journal, newest first: what was changed and what became of it', mimeType: JSON_TYPE },
    (uri, context) => read(uri, 'list_changes', { limit: 200 }, context),
  );
  server.registerResource(
    'change',
    new ResourceTemplate('netns://changes/{id}', { list: undefined }),
    { title: 'One change', description: 'What was asked, the commands, each object before and afterwards', mimeType: JSON_TYPE },
    (uri, { id }, context) => read(uri, 'show_change', { id: String(id) }, context),
  );
  server.registerResource(
    'operations',
    'netns://operations',
    { title: 'Operations', description: 'What apply_changes can do, each with its arguments', mimeType: JSON_TYPE },
    async (uri) => json(uri, (await import('../operations.js')).describeOperations()),
  );
  server.registerResource(
    'operation',
    new ResourceTemplate('netns://operations/{op}', { list: undefined }),
    { title: 'One operation', description: 'Its arguments as a JSON Schema', mimeType: JSON_TYPE },
    async (uri, { op }) => {
      const described = (await import('../operations.js')).describeOperation(String(op));
      if (!described) throw new ResourceNotFoundError(uri.href);
      return json(uri, described);
    },
  );
  server.registerResource(
    'policy',
    'netns://policy',
    { title: 'Policy in force', description: 'Its rules, in order, in words', mimeType: JSON_TYPE },
    (uri, context) => read(uri, 'explain_policy', {}, context),
  );
  server.registerResource(
    'ready-policy',
    new ResourceTemplate('netns://policy/{name}', { list: undefined, complete: { name: completePolicies } }),
    { title: 'A ready policy', description: 'Its rules, in order, in words, whether it is in force or not', mimeType: JSON_TYPE },
    async (uri, { name }) => {
      demandAllowed(front, 'policy.read');
      const ready = String(name);
      if (!Object.hasOwn(READY_POLICIES, ready)) throw new ResourceNotFoundError(uri.href);
      const { description, summary } = await policyNamed(ready);
      return json(uri, { name: ready, description, rules: summary() });
    },
  );
  server.registerResource(
    'audit',
    'netns://audit/recent',
    { title: 'Recent calls', description: 'The last calls of this server: asked, decided, run', mimeType: JSON_TYPE },
    async (uri) => {
      demandAllowed(front, 'audit.read');
      const { audit } = await front.services();
      return json(uri, { log: audit.where, entries: audit.recent() });
    },
  );
}

/** The reference in an address. What is no encoding stands for itself: names may hold a percent sign. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function json(uri: URL, value: unknown) {
  return { contents: [{ uri: uri.href, mimeType: JSON_TYPE, text: JSON.stringify(value) }] };
}

/** Nobody is asked for a mere attachment. */
function demandAllowed({ policy }: Front, action: Action): void {
  const { effect, reason } = policy.decide({ action, subjects: [] });
  if (effect !== 'allow') throw new ProtocolError(ProtocolErrorCode.InvalidParams, `POLICY_DENIED: ${reason}`);
}
