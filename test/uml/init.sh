#!/bin/sh
# The first process of the second kernel (see boot.sh): makes a world, runs the command of /run/lane in it, leaves the exit code there, turns the power off.
# The world is a throw-away copy of the host's file system: all that is written stays in memory.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C HOME=/root
set -e

# Nowhere else: what comes now would harm a machine that is real.
[ "$$" = 1 ]
# To an ordinary user's kernel the owner of mount(8) is not root, and it would become that owner.
mount() { setpriv --no-new-privs mount "$@"; }
mount -t proc proc /proc
grep -q rootfstype=hostfs /proc/cmdline
trap 'echo o > /proc/sysrq-trigger; sleep 60' EXIT

/sbin/insmod "/usr/lib/uml/modules/$(uname -r)/kernel/fs/overlayfs/overlay.ko"
mount -t tmpfs tmpfs /mnt
mkdir /mnt/upper /mnt/work /mnt/root
mount -t overlay overlay -o nosuid,lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work /mnt/root
cd /mnt/root
mount -t proc proc proc
mount -t sysfs sys sys
mount -t devtmpfs dev dev
mkdir -p dev/pts dev/shm
mount -t devpts -o ptmxmode=0666 devpts dev/pts
mount -t tmpfs tmpfs dev/shm
mount -t tmpfs tmpfs run
mkdir run/lane run/netns
mount -t hostfs -o /run/lane lane run/lane
# User namespaces cannot be made in a mere chroot (unshare(2)).
pivot_root . mnt
cd /
umount -l /mnt

# Other modules come by themselves from here on (modprobe(8)).
rm -rf /lib/modules
ln -s /usr/lib/uml/modules /lib/modules
modprobe ipv6
modprobe tun
# No tunnel in every namespace merely because a tunnel's module is there (the kernel's admin-guide/sysctl/net).
echo 2 > /proc/sys/net/core/fb_tunnels_only_for_init_net
ip link set lo up

# The second console is boot.sh's standard output; through a pipe, so that nothing takes it for a terminal (stty(1): no carriage returns).
{
  code=0
  xargs -0 -a /run/lane/command env || code=$?
  echo "$code" > /run/lane/code
} 2>&1 | { stty -onlcr <&1; cat; } > /dev/tty1
