// The closed list of actions that a policy speaks of.

/** Action → what it covers, in the words of docs/policy.md. */
export const ACTIONS = {
  'namespace.list': 'See that a namespace exists, who owns it and what keeps it alive.',
  'namespace.read': 'Read links, addresses, routes, rules, neighbours, sockets, sysctls of a namespace.',
  'namespace.create': 'Make a named namespace.',
  'namespace.delete': 'Delete a named namespace and what lives in it.',
  'link.create': 'Make links.',
  'link.set': 'Change a link: up, down, MTU, MAC, name, alias, bridge membership.',
  'link.move': 'Move a link to another namespace.',
  'link.delete': 'Delete a link, and its peer.',
  'address.add': 'Give a link an address.',
  'address.delete': 'Take an address from a link.',
  'route.add': 'Add a route.',
  'route.delete': 'Delete a route.',
  'exec.run': 'Run a command of the closed list in a namespace.',
  'probe.send': 'Send probes (ping, TCP, UDP) from a namespace to an address.',
  'policy.read': 'Read the policy and have its decisions explained.',
  'audit.read': 'Read the recent entries of the audit log.',
} as const satisfies Record<string, string>;

export type Action = keyof typeof ACTIONS;
