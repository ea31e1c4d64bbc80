// set_bridge_port
import { z } from 'zod';
import { fail } from '../../../model/errors.js';
import { LinkReference } from '../../../model/names.js';
import type { Settings } from '../../../model/objects.js';
import { PORT_SETTING_NAMES, PORT_SETTINGS } from '../../../model/port.js';
import { portCommands } from '../../objects/port.js';
import { ALREADY_SO, defineOperation, linkAt, step } from '../../operation.js';
import { InNamespace } from '../../parts/inputs.js';
import { touchedAlong } from '../../parts/links/stack.js';

const SETTINGS: Record<string, z.ZodOptional<z.ZodType<Settings[string]>>> = Object.fromEntries(
  PORT_SETTING_NAMES.map((name) => [name, PORT_SETTINGS[name].schema.optional()]),
);

/** What is said of the settings: the tool has further fields. */
function saidOf(given: Readonly<Record<string, unknown>>): Settings {
  return Object.fromEntries(
    PORT_SETTING_NAMES.flatMap((name) => {
      const value = SETTINGS[name]?.parse(given[name]);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** Changes settings of a port of a bridge. Equivalent to: ip link set dev PORT type bridge_slave … (ip-link(8), bridge(8)). */
export const setBridgePort = defineOperation({
  name: 'set_bridge_port',
  title: 'Change a bridge port',
  description: 'Changes settings of a link as a port of its bridge: spanning tree, learning, flooding, isolation, hairpin.',
  action: 'bridge.set',
  destroys: false,
  input: z.strictObject({ ...SETTINGS, namespace: InNamespace, link: LinkReference }).refine(
    // Asked of settings that are not as they should be, too: that is told besides.
    (given) => PORT_SETTING_NAMES.some((name) => Object.entries(given).some(([said, value]) => said === name && value !== undefined)),
    `nothing to change: give at least one of ${PORT_SETTING_NAMES.join(', ')}`,
  ),
  namespaces: ({ namespace }) => [namespace],
  // Without a port that forwards a bridge has no carrier, and its next hop objects go (br_port_state_selection, net/bridge/br_stp.c).
  needs: (input) => ('state' in input ? ['links', 'nexthops', 'routes'] : ['links']),
  subjects: ({ namespace, link }, world) => [linkAt(world, namespace, link)],
  plan({ namespace, link, ...settings }, world) {
    const found = world.link(namespace, link);
    const links = world.links(namespace);
    const bridge = links.find(({ name, kind }) => name === found.master && kind === 'bridge');
    if (!bridge) {
      return fail('LINK_KIND_MISMATCH', `Link ${found.name} is no port of a bridge.`, 'Make it one with set_link {"bridge": …} first.', { link: found.name });
    }
    const said = saidOf(settings);
    if (said['state'] !== undefined && bridge.attributes['stp_state'] === true) {
      return fail(
        'INVALID_INPUT',
        `The spanning tree of ${bridge.name} decides on the states of its ports.`,
        'Set cost or priority, or switch the spanning tree off.',
        {
          bridge: bridge.name,
        },
      );
    }
    const now = found.port ?? {};
    const changed: Settings = Object.fromEntries(Object.entries(said).filter(([name, value]) => now[name] !== value));
    if (Object.keys(changed).length === 0) return ALREADY_SO;
    // What is changed by ip(8) has a disabled port forward.
    const stays = now['state'] === 'disabled' && changed['state'] === undefined ? { ...changed, state: 'disabled' } : changed;
    const commands = portCommands(found.name, found.up ? stays : changed, links);
    return {
      steps: commands.map(({ args, program = 'ip' }) => step(world.at(namespace), args, { program })),
      loses: [],
      undoable: true,
      touches: said['state'] === undefined ? [] : touchedAlong(world, namespace, found),
    };
  },
  foresee({ namespace, link, ...settings }, foreseen) {
    const { name, port } = foreseen.link(namespace, link);
    foreseen.changeLink(namespace, name, { port: { ...port, ...saidOf(settings) } });
  },
  result: { link: z.string(), bridge: z.string().nullable(), port: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).nullable() },
  show({ namespace, link, ...settings }, world) {
    const found = world.findLink(namespace, link);
    const asked = Object.keys(saidOf(settings));
    const port = found?.port ? Object.fromEntries(Object.entries(found.port).filter(([name]) => asked.includes(name))) : null;
    return { link: found?.name ?? link, bridge: found?.master ?? null, port };
  },
  tell: ({ link, bridge, port }, { namespace }) =>
    port
      ? `${namespace}: ${link}, port of ${bridge}: ${Object.entries(port)
          .map(([name, value]) => `${name} ${value}`)
          .join(', ')}`
      : `${namespace}: ${link} is no port of a bridge.`,
});
