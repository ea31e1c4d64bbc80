// An export for ifupdown: a script that it runs after an interface has come up, and one before it goes down (interfaces(5), HOOK SCRIPTS).
import { bodyOf, type ExportedFile, type ExportName, headOf, neededLinks, scriptOf } from './script.js';
import { quoted } from './shell.js';
import { takeDown } from './take-down.js';
import type { ExportedWorld } from './world.js';

/** Links of the host that have to be there, and that nothing here makes. */
function waitedFor(world: ExportedWorld): string[] {
  return [...(neededLinks(world)[world.places.findIndex(({ isHost }) => isHost)] ?? [])];
}

/** The loopback comes up once at boot. What stands on one device of the host has to wait for that one. */
function triggerOf(world: ExportedWorld): string {
  const [only, ...others] = waitedFor(world);
  return only !== undefined && others.length === 0 ? only : 'lo';
}

/** What a person has to know of when it runs. */
export function triggerNotes(world: ExportedWorld, wanted: string | null): string[] {
  const all = waitedFor(world);
  const isUnclear = wanted === null && all.length > 1;
  return [
    `ifupdown runs it with interface ${wanted ?? triggerOf(world)}.`,
    ...(isUnclear ? [`It needs ${all.join(' and ')} of the host: say by interface which of them comes up last.`] : []),
  ];
}

/** The guards: ifupdown runs every script for each interface, once more as `--all`, and for each address family that an interface has. */
function guards(trigger: string, mode: 'start' | 'stop', phase: string): string[] {
  return [
    '# Only for the interface that this waits for.',
    `[ "\${IFACE:-}" = ${quoted(trigger)} ] || exit 0`,
    `[ "\${MODE:-${mode}}" = ${mode} ] || exit 0`,
    `[ "\${PHASE:-${phase}}" = ${phase} ] || exit 0`,
  ];
}

/** Names of run-parts(8): letters, digits, `_` and `-`; others are passed over in silence. */
export function ifupdownScripts(world: ExportedWorld, { label, about }: ExportName, wanted: string | null): ExportedFile[] {
  const trigger = wanted ?? triggerOf(world);
  const name = `netns-${label}`;
  const when = (mode: string, what: string) => [`ifupdown runs it ${what} ${trigger}; by hand: IFACE=${trigger} MODE=${mode} ${name}`];
  const up = [...headOf(`Makes ${about}`, world.notes), ...when('start', 'after'), 'A second run changes nothing.'];
  const down = [
    ...headOf(`Takes away ${about}`, []),
    ...when('stop', 'before the end of'),
    'What the other script only sets, such as sysctls, stays as it is.',
  ];
  return [
    { path: `/etc/network/if-up.d/${name}`, mode: '0755', content: scriptOf(up, guards(trigger, 'start', 'post-up'), bodyOf(world)) },
    { path: `/etc/network/if-down.d/${name}`, mode: '0755', content: scriptOf(down, guards(trigger, 'stop', 'pre-down'), takeDown(world)) },
  ];
}
