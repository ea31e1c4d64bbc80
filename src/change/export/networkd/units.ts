// The units of an export: one for each namespace, and one that runs the script of what is in them (systemd.service(5)).
import type { LinkObject } from '../../objects/link.js';
import type { Step } from '../../restore/contents.js';
import { bodyOf, type ExportedFile, type ExportName, headOf, scriptOf } from '../script.js';
import type { ExportedWorld } from '../world.js';

const FOLDER = '/etc/systemd/system';

/** The unit of a device, its name escaped as systemd.unit(5) has it. */
function deviceUnit(name: string): string {
  const escaped = name.replace(/^\.|[^\w.:]/g, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
  return `sys-subsystem-net-devices-${escaped}.device`;
}

function unit(name: string, sections: readonly (readonly string[])[], about: string): ExportedFile {
  const text = [...headOf(about, []).map((line) => `# ${line}`), ...sections.flatMap((lines) => ['', ...lines])];
  return { path: `${FOLDER}/${name}`, mode: '0644', content: `${text.join('\n')}\n` };
}

const FOREIGN =
  'networkd takes away routes and rules that are not its own when it starts anew, unless networkd.conf(5) has ManageForeignRoutes=no and ManageForeignRoutingPolicyRules=no.';
const ONESHOT = ['[Service]', 'Type=oneshot', 'RemainAfterExit=yes'];
const INSTALL = ['[Install]', 'WantedBy=multi-user.target'];

function namespaceUnit(name: string): ExportedFile {
  const head = ['[Unit]', `Description=Network namespace ${name}`, 'Documentation=man:ip-netns(8)', 'Before=network.target'];
  return unit(
    `netns-${name}.service`,
    [head, [...ONESHOT, `ExecStart=ip netns add ${name}`, `ExecStop=ip netns delete ${name}`], INSTALL],
    `Namespace ${name}`,
  );
}

/**
 * @param isDone Steps that networkd sees to. @param devices Links that it makes: they have to be there before the script runs.
 */
export function unitFiles(
  world: ExportedWorld,
  { label, about }: ExportName,
  isDone: (step: Step) => boolean,
  devices: readonly LinkObject[],
): { files: ExportedFile[]; notes: string[] } {
  const names = world.places.flatMap(({ isMade, name }) => (isMade ? [name] : []));
  const namespaces = names.map(namespaceUnit);
  const body = bodyOf(world, { leaves: (step) => step.makes !== undefined || isDone(step) });
  const setup = `netns-${label}-setup`;
  const script = { path: `/usr/local/sbin/${setup}`, mode: '0755', content: scriptOf(headOf(`Makes what belongs to ${about}`, world.notes), [], body) };
  const services = names.map((name) => `netns-${name}.service`);
  const waited = devices.map(({ name }) => deviceUnit(name));
  const head = [
    ...['[Unit]', `Description=What belongs to ${about}`],
    ...(services.length > 0 ? [`Requires=${services.join(' ')}`] : []),
    ...(waited.length > 0 ? [`Wants=${waited.join(' ')}`] : []),
    `After=${[...services, ...waited, 'systemd-networkd.service'].join(' ')}`,
  ];
  const isEmpty = body.every((line) => line === '' || line.startsWith('#'));
  const own = isEmpty ? [] : [script, unit(`${setup}.service`, [head, [...ONESHOT, `ExecStart=${script.path}`], INSTALL], `What belongs to ${about}`)];
  const all = [...services, ...(isEmpty ? [] : [`${setup}.service`])];
  return {
    files: [...namespaces, ...own],
    notes: [
      ...(all.length > 0 ? [`For the next boot: systemctl enable ${all.join(' ')}`] : []),
      ...(body.some((line) => /^(ensure )?ip (-6 )?(route|rule) /.test(line)) ? [FOREIGN] : []),
    ],
  };
}
