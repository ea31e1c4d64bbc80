// The settings of the ports of bridges (ip-link(8), `type bridge_slave`): compared, and set back.
import { z } from 'zod';
import { Settings } from '../../model/objects.js';
import { portWords } from '../../model/port.js';
import type { Link, NamespaceState } from '../../model/snapshot.js';
import { linkArgument } from '../plan/world.js';
import { defineObject, type Words } from './object.js';

const Port = z.object({ device: z.string(), master: z.string(), settings: Settings });
type Port = z.infer<typeof Port>;

/**
 * `ip link set dev PORT type bridge_slave …`, and for the state `bridge link set dev PORT state …`: after a change by `ip` the kernel looks at the
 * carrier again, and has a disabled port forward (br_port_carrier_check, net/bridge/br_if.c). @param links Of its namespace.
 */
export function portCommands(device: string, { state, ...settings }: Settings, links: readonly Link[]): Words[] {
  const link = links.find(({ name }) => name === device);
  const port = link ? linkArgument(link, links) : device;
  return [
    ...(Object.keys(settings).length === 0 ? [] : [{ args: ['link', 'set', 'dev', port, 'type', 'bridge_slave', ...portWords(settings)] }]),
    ...(state === undefined ? [] : [{ program: 'bridge' as const, args: ['link', 'set', 'dev', port, ...portWords({ state })] }]),
  ];
}

/** Somebody disabled it: where the bridge runs no spanning tree, a port with carrier forwards. */
function isDisabled(link: Link, bridge: Link | undefined): boolean {
  const isRunning = link.up && link.flags.includes('LOWER_UP') && bridge?.up === true;
  return isRunning && bridge.attributes['stp_state'] !== true && link.port?.['state'] === 'disabled';
}

function portOf(link: Link, { links = [] }: NamespaceState): Port[] {
  if (link.port === null || link.master === null) return [];
  const { state: _, ...settings } = link.port;
  const bridge = links.find(({ name }) => name === link.master);
  return [{ device: link.name, master: link.master, settings: isDisabled(link, bridge) ? { ...settings, state: 'disabled' } : settings }];
}

/** Of some settings those that differ. A port that somebody disabled, and is to be so no more, forwards. */
function differing(from: Settings, to: Settings): Settings {
  const changed = Object.fromEntries(Object.entries(to).filter(([name, value]) => from[name] !== value));
  return from['state'] === 'disabled' && to['state'] === undefined ? { ...changed, state: 'forwarding' } : changed;
}

export const portKind = defineObject<Port>({
  name: 'port',
  section: 'links',
  schema: Port,
  of: (state) => (state.links ?? []).flatMap((link) => portOf(link, state)),
  key: ({ device }) => device,
  // It goes when it leaves its bridge, too; what it is then is not this object.
  links: ({ device }) => [device],
  facts: ({ settings }) => settings,
  tell: ({ device, master }) => `port ${device} of ${master}`,
  add({ device, settings }, { state: { links = [] } }) {
    const { state: _, ...now } = links.find(({ name }) => name === device)?.port ?? {};
    return portCommands(device, differing(now, settings), links);
  },
  // It is one as long as it has a master: that is of the link.
  remove: () => [],
  // What is changed by ip(8) has a disabled port forward: its state is said once more.
  change(from, to, { state: { links = [] } }) {
    const changed = differing(from.settings, to.settings);
    const { state } = to.settings;
    return portCommands(to.device, state === undefined ? changed : { ...changed, state }, links);
  },
});
