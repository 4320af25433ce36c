# What a host's image has beyond its packages; run as root inside the new system.
set -eu
useradd --create-home --shell /bin/bash admin
printf 'admin ALL=(ALL) NOPASSWD:ALL\nDefaults env_keep += "AWS_ENDPOINT_URL AWS_REGION NODEADM_*"\n' > /etc/sudoers.d/admin
chmod 0440 /etc/sudoers.d/admin
printf 'UseDNS no\nPermitRootLogin prohibit-password\nPasswordAuthentication no\n' > /etc/ssh/sshd_config.d/sandbox.conf
rm -f /etc/ssh/ssh_host_*
: > /etc/machine-id
systemctl enable ssh.service
systemctl mask getty.target console-getty.service systemd-logind.service systemd-udevd.service apt-daily.timer apt-daily-upgrade.timer fstrim.timer e2scrub_all.timer
