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
  'rule.add': 'Add a policy routing rule.',
  'rule.delete': 'Delete a policy routing rule.',
  'nexthop.add': 'Add or change a next hop object.',
  'nexthop.delete': 'Delete a next hop object.',
  'neighbour.add': 'Add or change a neighbour or proxy entry.',
  'neighbour.delete': 'Delete a neighbour or proxy entry.',
  'bridge.set': 'Change port settings, VLANs and the forwarding database of a bridge or vxlan.',
  'sysctl.set': 'Set a network sysctl of the closed list.',
  'resolver.set': "Write a namespace's own resolv.conf or hosts.",
  'firewall.set': "Change rules in this server's own nftables table.",
  'firewall.ruleset': 'Load a whole nftables ruleset.',
  'shaping.set': 'Change queueing disciplines: delay, loss, rate limits.',
  'tunnel.key': 'Make and set keys and peers of a wireguard link.',
  'service.start': 'Start a long-running command of the closed list.',
  'service.stop': 'Stop a service that this server started.',
  'service.list': 'List services and read their logs.',
  'change.list': 'List the changes of the journal.',
  'change.undo': 'Take a change back.',
  'change.confirm': 'Confirm a change that would otherwise take itself back.',
  'config.export': 'Write configuration out as text: a script, ifupdown, systemd-networkd.',
  'config.install': 'Write exported configuration to files of the host.',
  'exec.run': 'Run a command of the closed list in a namespace.',
  'probe.send': 'Send probes (ping, TCP, UDP) from a namespace to an address.',
  'policy.read': 'Read the policy and have its decisions explained.',
  'audit.read': 'Read the recent entries of the audit log.',
} as const satisfies Record<string, string>;

export type Action = keyof typeof ACTIONS;

export const ALL_ACTIONS = Object.keys(ACTIONS).filter((name): name is Action => name in ACTIONS);
