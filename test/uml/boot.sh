#!/bin/sh
# Boots the second kernel, as PID 1 of namespaces of its own: boot.sh KERNEL INIT RESULT COMMAND...
# Every file system is read-only to it but one tmpfs, which has its memory, the command and what comes back: RESULT, a file of /run/lane, is copied to
# descriptor 3. When standard input ends, so does everything.
set -eu
kernel=$1 init=$2 result=$3
shift 3

# The fifth field of each line of proc_pid_mountinfo(5) is the mount point, blanks written in octal. What another mount hides cannot be reached.
while read -r _ _ _ _ escaped _; do
  point=$(printf %b "$escaped")
  mount -o remount,bind,ro "$point" 2> /dev/null || [ ! -w "$point" ]
done < /proc/self/mountinfo
mount -t tmpfs tmpfs /run
mkdir /run/lane
install -m 755 "$init" /run/lane/init
printf '%s\0' "$@" > /run/lane/command

exec 4<&0
{
  cat <&4 > /dev/null
  kill -KILL -1
} &
# The kernel's own words are kept apart from what the command prints, and told only when it did not come to its end.
TMPDIR=/run "$kernel" rootfstype=hostfs rootflags=/ ro mem=1G con=null con0=null,fd:5 con1=null,fd:1 uml_dir=/run/ \
  quiet loglevel=3 selinux=0 init=/run/lane/init < /dev/null 5> /run/kernel || true
[ -e /run/lane/code ] || cat /run/kernel >&2
[ ! -e "$result" ] || cat "$result" >&3
exit "$(cat /run/lane/code)"
