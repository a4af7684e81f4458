#!/bin/sh
# boot-disk.sh KERNEL_TREE PUBLIC_KEY DISK: makes a raw disk as users have them. Its boot loader starts from BIOS and from
# UEFI; its system is a Debian kernel, busybox and an SSH server that takes the key for root and for the user "guest". It has
# drivers for virtio and for the devices of a PC, its address comes from DHCP, and nothing on it knows of smolvm.
set -eu
PATH=$PATH:/usr/sbin:/sbin
if [ "$(id -u)" != 0 ]; then
    exec unshare --map-root-user -- sh "$0" "$@"
fi
kernel=$1 key=$2 disk=$3
work=$(mktemp -d "$disk.XXXXXX")
trap 'rm -rf "$work"' EXIT
root=$work/root ram=$work/ram
umask 022

# Sectors: the boot loader for BIOS, an EFI system partition, the root file system.
sector=512 esp_start=2048 esp_size=16384 root_start=18432 root_size=505856

# program FILE: copies a program of this machine, and the libraries it needs, to the same place in the root.
program() {
    for file in "$1" $(ldd "$1" | grep -o '/[^ ]*'); do
        mkdir -p "$root${file%/*}"
        cp -L "$file" "$root$file"
    done
}

mkdir -p "$root/bin" "$root/boot" "$root/dev" "$root/etc/dropbear" "$root/home/guest/.ssh" "$root/mnt" "$root/proc" \
    "$root/root/.ssh" "$root/run" "$root/sbin" "$root/sys" "$root/usr/bin" "$root/usr/lib/openssh" "$root/usr/sbin" \
    "$root/var/log"
mkdir -m 1777 "$root/tmp"
for applet in $(busybox --list-full); do
    case $applet in
    */*) ln -sf /bin/busybox "$root/$applet" ;;
    esac
done
cp --remove-destination "$(command -v busybox)" "$root/bin/busybox"
program "$(command -v dropbear)"
program /usr/lib/openssh/sftp-server
[ -e "$root/usr/lib/sftp-server" ] || ln -s openssh/sftp-server "$root/usr/lib/sftp-server"
dropbearkey -t ed25519 -f "$root/etc/dropbear/dropbear_ed25519_host_key" >/dev/null 2>&1
cp "$key" "$root/root/.ssh/authorized_keys"
cp "$key" "$root/home/guest/.ssh/authorized_keys"
chown -R 1000:1000 "$root/home/guest" 2>/dev/null || rm -r "$root/home/guest"
chmod -R go-rwx "$root/root"
printf '%s\n' 'root:x:0:0:root:/root:/bin/sh' 'guest:x:1000:1000::/home/guest:/bin/sh' >"$root/etc/passwd"
printf '%s\n' 'root:x:0:' 'guest:x:1000:' >"$root/etc/group"
printf '%s\n' 'root:*:20000:0:99999:7:::' 'guest:*:20000:0:99999:7:::' >"$root/etc/shadow"
echo /bin/sh >"$root/etc/shells"
cat >"$root/etc/inittab" <<'END'
::sysinit:/etc/rc
::respawn:/usr/sbin/dropbear -F -E -s
::shutdown:/bin/sync
::shutdown:/bin/umount -a -r
END
cat >"$root/etc/rc" <<'END'
#!/bin/sh
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mkdir -p /dev/pts
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /run
mount -t efivarfs efivarfs /sys/firmware/efi/efivars 2>/dev/null
mount -o remount,rw /
hostname diskguest
ip link set lo up
udhcpc -i eth0 -q -n -t 5 -T 1 -s /etc/dhcp >/dev/null 2>&1
echo "disk guest is up"
END
cat >"$root/etc/dhcp" <<'END'
#!/bin/sh
ip link set "$interface" up
[ "$1" = bound ] || exit 0
ip addr add "$ip/$mask" dev "$interface"
ip route add default via "$router"
for server in $dns; do echo "nameserver $server"; done >/etc/resolv.conf
END
chmod +x "$root/etc/rc" "$root/etc/dhcp"

version=$(ls "$kernel/lib/modules")
cp "$kernel/boot/vmlinuz-$version" "$root/boot/vmlinuz"

# The initramfs: the modules for either kind of disk and network card, in load order, and what mounts the root.
mkdir -p "$ram/bin" "$ram/dev" "$ram/modules" "$ram/proc" "$ram/root" "$ram/sys"
cp "$root/bin/busybox" "$ram/bin/busybox"
# ko NAME: the file of a module; dashes and underscores are the same in its name.
ko() { find "$kernel/lib/modules/$version/kernel" -name "$(echo "$1" | tr _- '??').ko"; }
# module NAME: copies a module after those it needs.
module() {
    file=$(ko "$1")
    [ -n "$file" ] || return 0 # built in
    [ ! -e "$ram/modules/$1" ] || return 0
    for needed in $(tr '\0' '\n' <"$file" | sed -n 's/^depends=//p' | tr , ' '); do
        module "$needed"
    done
    cp "$(ko "$1")" "$ram/modules/$1"
    echo "$1" >>"$ram/modules/order"
}
for name in crc32c_generic virtio_pci virtio_blk virtio_net ahci sd_mod e1000e af_packet ext4 efivarfs; do
    module $name
done
cat >"$ram/init" <<'END'
#!/bin/busybox sh
busybox mount -t devtmpfs dev /dev
exec </dev/console >/dev/console 2>&1
busybox mount -t proc proc /proc
busybox mount -t sysfs sys /sys
while read -r name; do
    busybox insmod "/modules/$name"
done </modules/order
until busybox mount -t ext4 -o ro /dev/vda2 /root || busybox mount -t ext4 -o ro /dev/sda2 /root; do
    busybox sleep 0.1
done 2>/dev/null
busybox umount /sys /proc
busybox mount -o move /dev /root/dev
exec busybox switch_root /root /sbin/init
END
chmod +x "$ram/init"
(cd "$ram" && find . | busybox cpio -o -H newc 2>/dev/null) >"$root/boot/initrd"

# The boot loader, which reads the file system itself.
cat >"$work/grub.cfg" <<'END'
serial
terminal_output serial
search.file /boot/vmlinuz root
linux /boot/vmlinuz console=ttyS0 quiet panic=-1 mitigations=off
initrd /boot/initrd
boot
END
modules='part_msdos ext2 fat linux search_fs_file serial terminal boot'
grub-mkimage -O i386-pc -p /boot -c "$work/grub.cfg" -o "$work/core.img" biosdisk $modules
grub-mkimage -O x86_64-efi -p /boot -c "$work/grub.cfg" -o "$work/boot.efi" $modules

# number VALUE: as four bytes, the lowest first.
number() {
    printf "\\$(printf %o $(($1 & 255)))\\$(printf %o $(($1 >> 8 & 255)))\\$(printf %o $(($1 >> 16 & 255)))\\$(printf %o $(($1 >> 24)))"
}
# partition FLAG TYPE START SIZE: an entry of the partition table.
partition() {
    printf "\\$1\\0\\0\\0\\$2\\0\\0\\0"
    number "$3"
    number "$4"
}
put() { dd of="$disk" conv=notrunc status=none "$@"; }
truncate -s $(((root_start + root_size) * sector)) "$disk"
head -c 440 /usr/lib/grub/i386-pc/boot.img | put
{
    partition 0 357 $esp_start $esp_size
    partition 200 203 $root_start $root_size
} | put bs=1 seek=446
printf '\125\252' | put bs=1 seek=510
put if="$work/core.img" bs=$sector seek=1
mke2fs -q -F -t ext4 -m 0 -J size=4 -E offset=$((root_start * sector)),root_owner=0:0 -d "$root" "$disk" \
    $((root_size * sector / 1024))k
export MTOOLS_SKIP_CHECK=1
esp=$disk@@$((esp_start * sector))
mformat -i "$esp" -T $esp_size -h 16 -s 63 ::
mmd -i "$esp" ::/EFI ::/EFI/BOOT
mcopy -i "$esp" "$work/boot.efi" ::/EFI/BOOT/BOOTX64.EFI
