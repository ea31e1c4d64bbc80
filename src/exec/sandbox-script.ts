// What makes the sandbox: two fixed scripts and the chain of programs that runs them. Nothing of a caller's ever becomes script text.

import { OWN_FILES_DIRECTORY } from './own-files.js';

/** Set for the program inside. */
export const SANDBOX_VARIABLE = 'NETNS_MCP_SANDBOX';
/** What the inner script says, on the pipe for complaints, right before the program starts. */
export const READY = 'netns-mcp sandbox ready';
/** Descriptors of the chain: what the program inherits as its third, and our standard error, which becomes its own. */
const STANDARD_ERROR = 4;

/** First the whole file system read-only, in a user namespace of its own, so that the next one inherits the mounts locked. */
const LOCK = `
mount -a -t noproc,sysfs -o remount,bind,ro
exec "$@"`;

/**
 * Then what the sandbox has of its own. The devices are the harmless ones, and of /proc only the settings of the network
 * can be written: as root the sandbox's root is the real one, and disks and kernel settings obey it by its user id alone.
 */
const FURNISH = `
set -e
[ ! -w / ] || { echo 'the root is not read-only' >&2; exit 1; }
mount -t tmpfs -o mode=755,nosuid,nodev netns-mcp /run
mkdir -p /run/dev/net
mkdir -m 1777 /run/tmp
{
  for node in null zero full random urandom tty net/tun; do
    [ -e /dev/$node ] || continue
    : >/run/dev/$node
    echo "/dev/$node /run/dev/$node none bind"
  done
  echo '/run/dev /dev none rbind'
  for part in bus fs irq sys sysrq-trigger; do
    [ ! -e /proc/$part ] || echo "/proc/$part /proc/$part none bind,ro"
  done
  echo '/proc/sys/net /proc/sys/net none bind'
} >/run/mounts
mount -a -T /run/mounts
mount -o remount,bind,rw /proc/sys/net 2>/dev/null || :
mount -t sysfs -o ro,nosuid,nodev,noexec netns-mcp /sys 2>/dev/null || mount -o remount,bind,ro /sys
# The namespaces' own files. Where the folder is missing, a layer over /etc has it: nothing can be made on a read-only file system.
[ -d ${OWN_FILES_DIRECTORY} ] || {
  mkdir -m 755 /run/etc /run/etc/upper /run/etc/work
  mount -t overlay -o nosuid,nodev,lowerdir=/etc,upperdir=/run/etc/upper,workdir=/run/etc/work netns-mcp /etc &&
    mkdir ${OWN_FILES_DIRECTORY} && mount -o remount,bind,ro /etc
} 2>/dev/null || :
[ ! -d ${OWN_FILES_DIRECTORY} ] || mount -t tmpfs -o mode=755,nosuid,nodev netns-mcp ${OWN_FILES_DIRECTORY}
ip link set lo up
echo '${READY}' >&2
exec "$@" 2>&${STANDARD_ERROR} ${STANDARD_ERROR}>&-`;

/**
 * The command that starts a program inside a new sandbox. Each of its processes dies with the one that started it.
 * @param ownProcesses With a PID namespace and a /proc of its own: what containers that hide parts of /proc do not permit.
 */
export function sandboxCommand(argv: readonly string[], ownProcesses: boolean): [string, ...string[]] {
  const namespaces = ['--user', '--map-root-user', '--net', '--mount', '--fork', '--kill-child', ...(ownProcesses ? ['--pid', '--mount-proc'] : [])];
  return [
    ...(['setpriv', '--pdeathsig', 'SIGKILL'] as const),
    ...['unshare', '--user', '--map-root-user', '--mount', 'sh', '-c', LOCK, 'sh'],
    ...['unshare', ...namespaces, 'sh', '-c', FURNISH, 'sh'],
    ...argv,
  ];
}

/** What the chain complains when only a /proc of its own is in the way. */
export function isProcRefused(complaint: string): boolean {
  return /mount \/proc failed/.test(complaint);
}
